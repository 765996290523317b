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
