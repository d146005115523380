"""The programs that measure handigits from the inside, each run in a process of its own as the peers are."""
