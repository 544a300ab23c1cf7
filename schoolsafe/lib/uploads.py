"""Files on their way in: they stay in memory, so that nothing lies in clear on a disk."""

from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler

# More than any form of ours takes. Of a larger file the form learns only how large it was.
MOST_KEPT = 10 * 1024 * 1024
# All files of one request; those that come after are known by their size alone as well.
MOST_TOGETHER = 40 * 1024 * 1024


class InMemory(FileUploadHandler):
    """Keeps one file after the other in memory; what is too large is read past, and named by its size."""

    kept_before = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin with an empty file."""
        super().new_file(*args, **kwargs)
        self.kept = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Keep a part, unless the whole, or all together, is too large already."""
        end = start + len(raw_data)
        if end <= MOST_KEPT and self.kept_before + end <= MOST_TOGETHER:
            self.kept.write(raw_data)
        else:
            self.kept = BytesIO()

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        """Return the file; its size is the true one, whatever of it was kept."""
        self.kept_before += self.kept.tell()
        self.kept.seek(0)
        return InMemoryUploadedFile(
            file=self.kept,
            field_name=self.field_name,
            name=str(self.file_name),
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )
