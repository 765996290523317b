"""The loop of the original: getaddrinfo on threads, each name reported as it completes."""

import asyncio
import socket
import sys


async def probe(semaphore, name):
    """The first address of a name; None if getaddrinfo has none."""
    async with semaphore:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(name, None)
        except socket.gaierror:
            return name, None
        return name, found[0][4][0]


async def main(path, outstanding):
    """Prints a name, a tab and its address for each line of a file."""
    semaphore = asyncio.Semaphore(outstanding)
    with open(path, encoding="ascii") as file:
        probes = [probe(semaphore, line.strip()) for line in file]
    for next_result in asyncio.as_completed(probes):
        name, address = await next_result
        print(name, address or "", sep="\t")


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
