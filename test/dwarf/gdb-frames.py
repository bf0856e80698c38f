"""Runs in GDB: stops once at each of many addresses of the program on QEMU and prints registers, memory and the backtrace as one line of JSON."""
import json
import gdb


def symbol_name(frame):
    function = frame.function()
    return None if function is None else function.name


def describe(frame):
    sal = frame.find_sal()
    return {'pc': hex(frame.pc()), 'name': frame.name(), 'symbol': symbol_name(frame), 'inline': frame.type() == gdb.INLINE_FRAME,
            'line': sal.line, 'file': sal.symtab.filename if sal.symtab else None, 'sp': hex(int(frame.read_register('sp')) & 0xffffffffffffffff),
            'tail': frame.type() == gdb.TAILCALL_FRAME}


def saved(frame):
    """s0..s11 as the frame has them; None: not saved."""
    names = ['s%d' % n for n in range(12)]
    found = []
    for name in names:
        value = frame.read_register(name)
        found.append(None if value.is_optimized_out else hex(int(value) & 0xffffffffffffffff))
    return found


def arguments(frame):
    """Values of the function's integer parameters; None: GDB does not know."""
    found = {}
    try:
        block = frame.block()
    except RuntimeError:
        return found
    while block is not None and block.function is None:
        block = block.superblock
    for symbol in block or ():
        if symbol.is_argument:
            try:
                value = symbol.value(frame)
                if value.type.strip_typedefs().code == gdb.TYPE_CODE_FLT:
                    continue
                found[symbol.name] = None if value.is_optimized_out else str(int(value))
            except gdb.error:
                found[symbol.name] = None
    return found


def stop(low, high, depth):
    frames, frame = [], gdb.newest_frame()
    while frame is not None and len(frames) < depth:
        if frame.pc() != 0:
            frames.append(dict(describe(frame), saved=saved(frame), arguments=arguments(frame) if len(frames) < 2 else {}))
        frame = frame.older()
    newest = gdb.newest_frame()
    registers = [hex(int(newest.read_register('x%d' % n)) & 0xffffffffffffffff) for n in range(32)]
    memory = bytes(gdb.selected_inferior().read_memory(low, high - low)).hex()
    print('@' + json.dumps({'pc': hex(newest.pc()), 'registers': registers, 'memory': memory, 'frames': frames}))


def run(addresses, low, high, depth=64):
    gdb.execute('set backtrace past-main on')
    gdb.execute('set breakpoint always-inserted on')
    breakpoints = {address: gdb.Breakpoint('*%d' % address) for address in addresses}
    while True:
        try:
            gdb.execute('continue', to_string=True)
        except gdb.error:
            break  # The guest powered the machine off.
        found = breakpoints.pop(int(gdb.newest_frame().pc()), None)
        if found is None:
            break
        stop(low, high, depth)
        found.delete()
