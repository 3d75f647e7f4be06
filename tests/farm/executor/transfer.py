# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scripts of Ansible's connection plugins, carried out on the node's files: temporary folders, put, fetch, remove."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from dataclasses import dataclass

from ..winrm.payload import FetchFile, MakeTempFolder, NotCarriedOut, PutFile, RemoveItem
from .contract import Outcome, failed_module
from .drive import Drive, PathRefused

__all__ = ["FileTransfer", "refusal"]


@dataclass(frozen=True)
class FileTransfer:
    """Answers in the words of PowerShell, as the connection plugins expect them."""

    drive: Drive

    def execute(self, request: MakeTempFolder | PutFile | FetchFile | RemoveItem) -> Outcome:
        """Errors of the file system are the command's errors: text on standard error and exit code 1."""
        try:
            if isinstance(request, MakeTempFolder):
                return self._make_temp_folder(request)
            if isinstance(request, PutFile):
                return self._put(request)
            if isinstance(request, FetchFile):
                return self._fetch(request)
            return self._remove(request)
        except PathRefused as error:
            return Outcome(stderr=f"{error}\r\n".encode(), exit_code=1)
        except OSError as error:
            return Outcome(stderr=f"{error.strerror}\r\n".encode(), exit_code=1)

    def _make_temp_folder(self, request: MakeTempFolder) -> Outcome:
        folder = self.drive.local(request.directory + "\\" + request.name)
        folder.mkdir(parents=True)
        return Outcome(stdout=f"{self.drive.windows(folder)}\r\n".encode())

    def _put(self, request: PutFile) -> Outcome:
        self.drive.local(request.path).write_bytes(request.content)
        return Outcome(stdout=json.dumps({"sha1": hashlib.sha1(request.content).hexdigest()}).encode() + b"\r\n")

    def _fetch(self, request: FetchFile) -> Outcome:
        path = self.drive.local(request.path)
        if path.is_dir():
            return Outcome(stdout=b"[DIR]\r\n")
        if not path.is_file():
            return Outcome(stderr=f"{request.path} does not exist\r\n".encode(), exit_code=1)
        with path.open("rb") as stream:
            stream.seek(request.offset)
            return Outcome(stdout=base64.b64encode(stream.read(request.size)) + b"\r\n")

    def _remove(self, request: RemoveItem) -> Outcome:
        path = self.drive.local(request.path)
        if path.is_dir() and request.recurse:
            shutil.rmtree(path)
        elif path.is_dir():
            path.rmdir()
        else:
            path.unlink()
        return Outcome()


def refusal(request: NotCarriedOut, known: str) -> Outcome:
    """The loud no: as a failed module where Ansible waits for one, else on standard error."""
    message = f"The simulated node does not carry out {request.what}; it knows {known}."
    return failed_module(message) if request.is_module else Outcome(stderr=f"{message}\r\n".encode(), exit_code=1)
