/**
 * A certificate for `localhost` that signs itself, good for a hundred years, and its key: made for
 * these tests and worth nothing elsewhere.
 *
 * openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500
 *   -subj /CN=localhost -addext subjectAltName=DNS:localhost
 */
export const certificate = `-----BEGIN CERTIFICATE-----
MIIBljCCATugAwIBAgIUZNMIWZMyjV/DRz6Fx8z3AdxKcQ0wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMjE1NTEyM1oYDzIxMjYxMDI5
MTU1MTIzWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQ56si2E59OwZ0db3ZacQKHRG0nlx72rR6r9Lm/dATxjPyvwKyz9XKH
66ocf2rDJvK+s1etx0Rd7YWNFz9LRuDvo2kwZzAdBgNVHQ4EFgQU09Fs5biFHAi7
ZUeifOydzdAp170wHwYDVR0jBBgwFoAU09Fs5biFHAi7ZUeifOydzdAp170wFAYD
VR0RBA0wC4IJbG9jYWxob3N0MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwID
SQAwRgIhAOx7Qumdp9e84PoDMEELmrgULevyY7AUfJQ3tnAk67pSAiEAw7Qeeby9
+XFCp9Rvp+M621Pc5jpnAY3cwZm04jwslAY=
-----END CERTIFICATE-----
`;

export const certificateKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgzP06h04CMtHPhOqw
WIrxPcYUugk0oFabty0URmtfP6ChRANCAAQ56si2E59OwZ0db3ZacQKHRG0nlx72
rR6r9Lm/dATxjPyvwKyz9XKH66ocf2rDJvK+s1etx0Rd7YWNFz9LRuDv
-----END PRIVATE KEY-----
`;

/**
 * The same for 127.0.0.1, good for January 2020 only.
 *
 * openssl ca -selfsign -startdate 20200101000000Z -enddate 20200201000000Z
 *   with subjectAltName=IP:127.0.0.1,DNS:localhost
 */
export const expiredCertificate = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBYzCCAQigAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv
c3QwHhcNMjAwMTAxMDAwMDAwWhcNMjAwMjAxMDAwMDAwWjAUMRIwEAYDVQQDDAls
b2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQfTlpw83DDhHzjVO17
/JgZfUxmvyxfIND9UJRTN/F4Z8ww4M9ZW1pYuNide8BO4qdqKJ5r7poXUsoNbPB2
q9F1o0swSTAaBgNVHREEEzARhwR/AAABgglsb2NhbGhvc3QwDAYDVR0TBAUwAwEB
/zAdBgNVHQ4EFgQUKXBGSRxV/yA+vMBPYLNTHx6MtjcwCgYIKoZIzj0EAwIDSQAw
RgIhANBHMS/Ku2X+H2MRIoYYxgPmJck4dDcgNADDdGrspBMKAiEA1QViqfteOTUz
3MpWrYvvKRxnviHkAmKoO1fykAEKHP4=
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg+hNgjgcp3KcKW3A8
CLpYdGVnuL94SJT8eathEhB41ZahRANCAAQfTlpw83DDhHzjVO17/JgZfUxmvyxf
IND9UJRTN/F4Z8ww4M9ZW1pYuNide8BO4qdqKJ5r7poXUsoNbPB2q9F1
-----END PRIVATE KEY-----
`,
};
