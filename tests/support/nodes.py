"""Real `ocop` processes for the demonstration, the end-to-end tests and the kill test. Python's standard library only.

A Node is a directory with the commands run in it and, maybe, a daemon. A Line is the telephone line between a child and its
parent: a TCP relay on loopback that can be cut and brought back, and that counts the bytes it carried. A Country holds both, and
ends what it started, by process id, however the program ends.
"""
import json
import os
import select
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "schema" / "data"


def binary():
    """The `ocop` to try: what OCOP_BINARY says, else what ./run build made."""
    path = Path(os.environ.get("OCOP_BINARY") or ROOT / "build" / "ocop")
    if not os.access(path, os.X_OK):
        raise SystemExit(f"there is no {path}: ./run build makes it")
    return str(path.resolve())


class Failed(Exception):
    """Something that had to hold does not."""


def wait_until(condition, what, seconds=60):
    """Looks until `condition` answers something true, and returns that."""
    end = time.monotonic() + seconds
    pause = 0.02
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise Failed(f"after {seconds} s still not: {what}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.15)


class Answer:
    """What a command said and how it ended."""

    def __init__(self, command, code, out, err):
        self.command, self.code, self.out, self.err = command, code, out, err

    def json(self):
        return json.loads(self.out)

    def __repr__(self):
        return f"{' '.join(self.command)}: exit {self.code}\n{self.out}{self.err}"


class Node:
    def __init__(self, directory, name=""):
        self.directory = Path(directory)
        self.name = name or self.directory.name
        self.daemon = None
        self.url = ""
        self.running = []  # commands under way, for whoever wants to kill one
        self.log = Path(f"{directory}.log")

    @property
    def db(self):
        return self.directory / "replica.db"

    def execute(self, command, stdin=None):
        """Runs a command to its end; a negative code is the signal that ended it."""
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   env=environment())
        self.running.append(process)
        try:
            out, err = process.communicate(stdin, timeout=120)
        finally:
            self.running.remove(process)
            if process.poll() is None:
                process.kill()
        return Answer(command, process.returncode, out, err)

    def try_(self, *args):
        """A command of ocop, with whatever exit code."""
        return self.execute([binary(), "-C", str(self.directory), *map(str, args)])

    def ocop(self, *args):
        """A command of ocop that must succeed; returns what it printed."""
        answer = self.try_(*args)
        if answer.code != 0:
            raise Failed(repr(answer))
        return answer.out.strip()

    def ask(self, *args):
        """The same with --json."""
        return json.loads(self.ocop(*args, "--json"))

    def shell(self, script):
        """The stock sqlite3 shell on replica.db, as anybody would run it; waits when another writer is at work."""
        return self.execute(["sqlite3", "-batch", "-bail", "-cmd", ".timeout 20000", str(self.db)], script)

    def sql(self, script):
        answer = self.shell(script)
        if answer.code != 0 or answer.err:
            raise Failed(repr(answer) + script)
        return answer.out.strip()

    def look(self, query, *values):
        """Reads rows without ever writing or checkpointing."""
        connection = sqlite3.connect(f"file:{self.db}?mode=ro", uri=True, timeout=20)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()

    def serve(self, port=0, interval=1, wait=True):
        """Starts the daemon; with `wait`, returns when it says that it serves."""
        with open(self.log, "ab") as log:
            self.daemon = subprocess.Popen(
                [binary(), "-C", str(self.directory), "--json", "serve", "--listen", f"127.0.0.1:{port}",
                 "--interval", str(interval)],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True, env=environment())
        return self.wait_serving() if wait else ""

    def wait_serving(self):
        line = self.daemon.stdout.readline()
        if not line:
            raise Failed(f"{self.name}: the daemon ended with {self.daemon.wait()}: {self.log_tail()}")
        self.url = json.loads(line)["listening"]
        return self.url

    @property
    def port(self):
        return int(self.url.rsplit(":", 1)[1])

    def log_tail(self):
        return self.log.read_text(errors="replace")[-2000:] if self.log.exists() else ""

    def stop(self, how=signal.SIGTERM):
        """Ends the daemon, gently or not; returns its exit code."""
        if self.daemon is None:
            return None
        if self.daemon.poll() is None:
            self.daemon.send_signal(how)
        try:
            code = self.daemon.wait(30)
        except subprocess.TimeoutExpired:
            self.daemon.kill()
            self.daemon.wait()
            raise Failed(f"{self.name}: the daemon did not stop: {self.log_tail()}") from None
        self.daemon.stdout.close()
        self.daemon = None
        return code


def environment():
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG"))}
    kept["LC_ALL"] = "C.UTF-8"
    kept.setdefault("OCOP_LANG", "vi")
    return kept


class Line:
    """A relay from a port of its own to the parent's. One thread carries all lines of a country (see Exchange)."""

    def __init__(self, exchange, target=0):
        self.exchange = exchange
        self.target = target
        self.up = self.down = self.calls = 0  # bytes towards the parent, bytes back, connections
        self.holding = False                  # requests pass, answers wait
        self.listener = None
        self.port = 0
        self.pairs = []
        self.restore()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def restore(self):
        with self.exchange.lock:
            if self.listener is None:
                listener = socket.socket()
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listener.bind(("127.0.0.1", self.port))
                listener.listen(64)
                self.listener, self.port = listener, listener.getsockname()[1]

    def cut(self):
        """From now on nothing passes: open connections break, new ones are refused."""
        with self.exchange.lock:
            if self.listener is not None:
                # The other thread may be waiting on it, which would keep a merely closed socket listening.
                self.listener.shutdown(socket.SHUT_RDWR)
                self.listener.close()
                self.listener = None
            for pair in self.pairs:
                for end in pair:
                    end.close()
            self.pairs.clear()


class Exchange:
    """The thread that carries the bytes of all lines."""

    def __init__(self):
        self.lock = threading.RLock()
        self.lines = []
        self.stopping = False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def line(self, target=0):
        line = Line(self, target)
        with self.lock:
            self.lines.append(line)
        return line

    def run(self):
        while not self.stopping:
            with self.lock:
                listeners = {line.listener: line for line in self.lines if line.listener is not None}
                ends = {}
                for line in self.lines:
                    for child, parent in line.pairs:
                        ends[child] = (line, parent, True)
                        if not line.holding:
                            ends[parent] = (line, child, False)
            try:
                ready = select.select([*listeners, *ends], [], [], 0.02)[0]
            except (OSError, ValueError):
                continue  # a line was cut meanwhile
            with self.lock:
                for one in ready:
                    if one in listeners:
                        self.accept(listeners[one])
                    else:
                        self.carry(one, *ends[one])

    def accept(self, line):
        try:
            child = line.listener.accept()[0]
        except (OSError, AttributeError):
            return
        try:
            parent = socket.create_connection(("127.0.0.1", line.target), 5)
        except OSError:
            child.close()
            return
        for end in (child, parent):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.pairs.append((child, parent))
        line.calls += 1

    def carry(self, end, line, other, upwards):
        if end.fileno() < 0 or other.fileno() < 0:
            return
        try:
            piece = end.recv(65536)
            if piece:
                other.settimeout(10)
                other.sendall(piece)
        except OSError:
            piece = b""
        if not piece:
            line.pairs = [pair for pair in line.pairs if end not in pair]
            end.close()
            other.close()
        elif upwards:
            line.up += len(piece)
        else:
            line.down += len(piece)

    def stop(self):
        self.stopping = True
        self.thread.join()
        for line in self.lines:
            line.cut()


class Country:
    """Nodes in one temporary directory. Use it as a context: at its end all processes are ended and the directory removed."""

    def __init__(self, keep=None):
        self.kept = keep is not None
        if keep is not None:
            Path(keep).mkdir(parents=True, exist_ok=True)
            self.directory = Path(keep).resolve()
        else:
            self.directory = Path(tempfile.mkdtemp(prefix="ocop-"))
        self.nodes = []
        self.exchange = None

    def __enter__(self):
        for number in (signal.SIGTERM, signal.SIGHUP):
            if threading.current_thread() is threading.main_thread():
                signal.signal(number, lambda *_: (_ for _ in ()).throw(SystemExit(1)))
        return self

    def __exit__(self, *_):
        self.stop()
        if not self.kept:
            shutil.rmtree(self.directory, ignore_errors=True)

    def stop(self):
        for node in self.nodes:
            for process in [node.daemon, *node.running]:
                if process is not None and process.poll() is None:
                    process.kill()
                    process.wait()
            if node.daemon is not None:
                node.daemon.stdout.close()
            node.daemon = None
        if self.exchange is not None:
            self.exchange.stop()
            self.exchange = None

    def node(self, name):
        node = Node(self.directory / name)
        self.nodes.append(node)
        return node

    def centre(self, units=DATA / "admin_units_2020.csv", date="2020-12-31", interval=1):
        """The node of the centre, with its units, serving."""
        node = self.node("trung-uong")
        node.ocop("init", "--root")
        node.ocop("units", "import", units, "--date", date)
        node.serve(interval=interval)
        return node

    def enrol(self, parent, code, name, line=False, interval=1, serve=True, date="2020-12-31"):
        """A node below `parent`, by an invite; with `line`, over a line that can be cut (node.line)."""
        node = self.node(name)
        if line:
            self.exchange = self.exchange or Exchange()
        node.line = self.exchange.line(parent.port) if line else None
        invite = self.directory / f"{name}.invite"
        parent.ocop("invite", "--unit", f"{code}@{date}", "--url", node.line.url if line else parent.url, "--out", invite)
        node.ocop("join", invite)
        invite.unlink()
        node.code, node.parent = code, parent
        if serve:
            node.serve(interval=interval)
        return node
