"""The three calls of an upload: where to send it, the bytes themselves (server), what to do with them."""

from __future__ import annotations

import secrets

from bot.workspace import messages
from bot.workspace.core import Core, Upload
from bot.workspace.errors import Json, Refused
from bot.workspace.methods.args import need
from bot.workspace.methods.chat import writable

LARGEST = 20_000_000
KEPT = 100
"""Files stay in memory; the oldest go first."""


def upload_url(core: Core, args: Json) -> Json:
    name = need(args, "filename")
    length = need(args, "length")
    if not length.isdigit() or not 0 < int(length) <= LARGEST:
        raise Refused("file_upload_size_restricted" if length.isdigit() else "invalid_arguments")
    made = Upload("F0" + secrets.token_hex(5).upper(), name, int(length))
    core.uploads[made.id] = made
    while len(core.uploads) > KEPT:
        core.uploads.pop(next(iter(core.uploads)))
    return {"file_id": made.id, "upload_url": f"{args['_origin']}/workspace/upload/{made.id}"}


def complete(core: Core, args: Json) -> Json:
    asked = args.get("files")
    if not isinstance(asked, list) or not asked:
        raise Refused("invalid_arguments")
    made = []
    for one in asked:
        if not isinstance(one, dict):
            raise Refused("invalid_arguments")
        upload = core.uploads.get(str(one.get("id")))
        if upload is None or upload.content is None:
            raise Refused("file_not_found")
        link = f"{args['_origin']}/workspace/files/{upload.id}"
        made.append(
            {
                "id": upload.id,
                "name": upload.name,
                "title": one.get("title") or upload.name,
                "size": upload.length,
                "url_private": link,
                "permalink": link,
            }
        )
    where = args.get("channel_id") or str(args.get("channels") or "").split(",")[0]
    if where:
        channel = writable(core, {"channel": where})
        said = str(args.get("initial_comment") or "") or " "
        message = messages.by_bot(core, {"text": said}, thread_ts=str(args.get("thread_ts") or ""))
        messages.put(core, channel, {**message, "text": said.strip(), "files": made})
    return {"files": made}
