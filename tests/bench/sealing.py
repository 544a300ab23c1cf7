"""What it costs to keep a text encrypted: to write and to read two thousand characters."""

from cryptography.fernet import Fernet

from schoolsafe.lib import encryption
from tests.bench import place

TEXT = ("She said her brother would not let her sleep. I told her I had to pass it on. " * 26)[
    :2000
]
TIMES = 2000


def main() -> None:
    cipher = Fernet(Fernet.generate_key())
    sealed, bare = encryption.encrypt(TEXT), cipher.encrypt(TEXT.encode())
    assert encryption.decrypt(sealed) == TEXT
    times = place.interleaved(
        5,
        write=lambda: place.seconds(lambda: [encryption.encrypt(TEXT) for _ in range(TIMES)]),
        read=lambda: place.seconds(lambda: [encryption.decrypt(sealed) for _ in range(TIMES)]),
        bare_write=lambda: place.seconds(
            lambda: [cipher.encrypt(TEXT.encode()) for _ in range(TIMES)]
        ),
        bare_read=lambda: place.seconds(lambda: [cipher.decrypt(bare) for _ in range(TIMES)]),
    )
    for verb in ("write", "read"):
        ours, theirs = times[verb], times[f"bare_{verb}"]
        place.tell(
            f"encrypted text, to {verb}: time, of bare Fernet",
            ours / theirs,
            note=f"{ours / TIMES * 1e6:.0f} and {theirs / TIMES * 1e6:.0f} microseconds for 2 kB",
        )
