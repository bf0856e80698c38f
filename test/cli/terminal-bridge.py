"""Runs a program on a terminal of its own: terminal-bridge.py ROWS COLUMNS PROGRAM [ARGUMENT...]

Standard input is what is typed, standard output what the terminal shows. Standard error gets one line of JSON at the
beginning, {"pid": ...}, and one at the end, {"code": ..., "signal": ..., "restored": ...}: the program's exit code or the
signal that ended it, and whether the terminal has the modes that it had before. SIGUSR1: the terminal takes no output any
more (as after Ctrl-S), SIGUSR2: it does again. SIGHUP: the terminal goes away. SIGWINCH: it becomes half as high and wide.
"""
import fcntl, json, os, pty, select, signal, struct, sys, termios

rows, columns = int(sys.argv[1]), int(sys.argv[2])
master, slave = pty.openpty()


def resize(height, width):
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))


resize(rows, columns)
before = termios.tcgetattr(slave)
pid = os.fork()
if pid == 0:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for descriptor in (0, 1, 2):
        os.dup2(slave, descriptor)
    os.close(master)
    os.closerange(3, 64)
    os.execvp(sys.argv[3], sys.argv[3:])

held = False
gone = False


def on_signal(number, _frame):
    global held, gone
    if number == signal.SIGHUP:
        gone = True
    elif number == signal.SIGWINCH:
        resize(rows // 2, columns // 2)
    else:
        held = number == signal.SIGUSR1


for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGHUP, signal.SIGWINCH):
    signal.signal(number, on_signal)


def report(**values):
    sys.stderr.write(json.dumps(values) + "\n")
    sys.stderr.flush()


report(pid=pid)
typed = b""
status = None
open_input = True
while True:
    if gone and master >= 0:
        os.close(slave)
        os.close(master)
        master = -1
    if status is None:
        ended, value = os.waitpid(pid, os.WNOHANG)
        if ended:
            status = value
    readable = [] if held or master < 0 else [master]
    if open_input and len(typed) < 65536:
        readable.append(0)
    ready, writable, _ = select.select(readable, [master] if typed and master >= 0 else [], [], 0.02)
    if 0 in ready:
        data = os.read(0, 65536)
        typed += data
        open_input = len(data) > 0
    if master in ready:
        os.write(1, os.read(master, 65536))
    elif status is not None:
        break
    if writable:
        typed = typed[os.write(master, typed[:1024]):]

restored = master >= 0 and termios.tcgetattr(slave) == before
code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else None
report(code=code, signal=os.WTERMSIG(status) if os.WIFSIGNALED(status) else None, restored=restored)
