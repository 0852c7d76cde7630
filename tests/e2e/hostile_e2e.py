"""Bytes from strangers against a running daemon: each is refused with its cause, and a good child is served afterwards."""
import os
import random
import re
import socket

from common import DATE, FRAMES, Case, main, rows


def say(port, head, body=b"", limit=1 << 62, seconds=20):
    """Sends as much of `body` (bytes or an iterator of bytes) as is taken; returns what came back."""
    with socket.create_connection(("127.0.0.1", port), seconds) as line:
        line.settimeout(seconds)
        sent = 0
        try:
            line.sendall(head)
            for piece in [body] if isinstance(body, bytes) else body:
                line.sendall(piece)
                sent += len(piece)
                if sent > limit:
                    break
        except OSError:
            pass
        answer = b""
        try:
            while b"\r\n\r\n" not in answer:
                piece = line.recv(65536)
                if not piece:
                    break
                answer += piece
        except OSError:
            pass
        return answer.decode(errors="replace"), sent


def post(port, body, length=None, **more):
    head = (f"POST /v1/exchange HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/octet-stream\r\n"
            f"Content-Length: {len(body) if length is None else length}\r\n\r\n").encode()
    return say(port, head, body, **more)


def status(answer):
    parts = answer.split(" ", 2)
    return int(parts[1]) if len(parts) > 2 else 0


def peak_memory(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) * 1024


class Hostile(Case):
    def setUp(self):
        super().setUp()
        self.parent = self.centre()
        self.child = self.country.enrol(self.parent, "84", "tinh", serve=False)
        self.before = self.parent.look("SELECT max(lsn) FROM _log")

    def still_good(self):
        """Nothing was changed by the strangers, and the child is served as ever."""
        self.assertEqual(self.parent.look("SELECT max(lsn) FROM _log"), self.before)
        self.child.ocop("add", "organization", "name=sau đó")
        self.child.ocop("sync")
        self.assertEqual(rows(self.child, "organization"), rows(self.parent, "organization"))
        self.assertIsNone(self.parent.daemon.poll())
        self.assertTrue(self.parent.ask("verify")["sound"])

    # Catches bytes that are no message being believed, or ending the daemon.
    def test_F60_random_and_truncated_bodies(self):
        chance = random.Random(7)
        good = (FRAMES / "v2-request-edits.bin").read_bytes()
        for body in [b"", b"\x00", b"{}", *(chance.randbytes(1 << chance.randint(0, 16)) for _ in range(40)),
                     *(good[:chance.randrange(len(good))] for _ in range(40))]:
            answer, _ = post(self.parent.port, body)
            self.assertEqual(status(answer), 400, answer)
            self.assertIn("Ocop-Error: malformed", answer)
        self.still_good()

    # Catches a flipped bit getting past the checksum.
    def test_flipped_bits(self):
        chance = random.Random(8)
        good = (FRAMES / "v2-request-edits.bin").read_bytes()
        for _ in range(60):
            bad = bytearray(good)
            bad[chance.randrange(2, len(bad))] ^= 1 << chance.randrange(8)
            self.assertIn(status(post(self.parent.port, bytes(bad))[0]), (400, 413))
        self.still_good()

    # Catches a well made message that is meant for another parent being taken in.
    def test_a_message_for_another_parent(self):
        answer, _ = post(self.parent.port, (FRAMES / "v2-request-edits.bin").read_bytes())
        self.assertEqual(status(answer), 421, answer)
        self.assertIn("Ocop-Error: wrong_parent", answer)
        self.still_good()

    # Catches a node that nobody invited being let in: its invite was made up.
    def test_a_forged_invite(self):
        invite = self.country.directory / "forged.invite"
        self.parent.ocop("invite", "--unit", f"01@{DATE}", "--url", self.parent.url, "--out", invite)
        text = invite.read_text(encoding="utf-8")
        secret = re.search(r'secret = "([0-9a-f]+)"', text).group(1)
        invite.write_text(text.replace(secret, "0" * len(secret)), encoding="utf-8")
        answer = self.country.node("ha-noi").try_("join", invite)
        self.assertEqual(answer.code, 4, answer)
        self.assertEqual(self.parent.ask("status")["children"], 1)
        self.still_good()

    # Catches a version of the protocol that nobody speaks yet being read as if it were ours.
    def test_F48_unknown_protocol_version(self):
        body = bytearray((FRAMES / "v2-request-idle.bin").read_bytes())
        body[1] = 99
        answer, _ = post(self.parent.port, bytes(body))
        self.assertIn("Ocop-Error: unknown_protocol", answer)
        self.assertGreaterEqual(status(answer), 400)
        self.still_good()

    # Catches memory that grows with what a stranger sends: a body of 1 GiB, announced or in chunks.
    def test_F63_a_body_of_one_gigabyte(self):
        piece = os.urandom(1 << 16)
        answer, sent = post(self.parent.port, (piece for _ in range(1 << 14)), length=1 << 30)
        self.assertLess(sent, 1 << 26)
        if answer:
            self.assertEqual(status(answer), 413, answer)
        chunked = (b"POST /v1/exchange HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        answer, sent = say(self.parent.port, chunked, (b"10000\r\n" + piece + b"\r\n" for _ in range(1 << 14)))
        self.assertLess(sent, 1 << 26)
        self.assertNotEqual(status(answer), 200)
        self.assertLess(peak_memory(self.parent.daemon.pid), 400 << 20)
        self.still_good()

    # Catches a peer that says nothing, or half a body, keeping the others from being served.
    def test_F45_silent_connections(self):
        silent = [socket.create_connection(("127.0.0.1", self.parent.port)) for _ in range(100)]
        for one in silent[50:]:
            one.sendall(b"POST /v1/exchange HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\nContent-Length: 1000\r\n\r\nabc")
        self.still_good()
        for one in silent:
            one.close()

    # Catches a browser or a curious person being answered by anything but a clear refusal.
    def test_other_requests(self):
        for head, wanted in ((b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", {200}), (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", {404}),
                             (b"OPTIONS /v1/exchange HTTP/1.1\r\nHost: x\r\n\r\n", {405}),
                             (b"POST /v1/exchange HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nab", {415})):
            answer, _ = say(self.parent.port, head)
            self.assertIn(status(answer), wanted, answer)
        self.still_good()


if __name__ == "__main__":
    main()
