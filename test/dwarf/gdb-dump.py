"""Runs in GDB: stops at addresses of the program on QEMU and prints, for each stop, registers, memory and every frame's variables as one line of JSON."""
import json
import gdb

MAX_DEPTH = 6


def leaves(path, value, found, depth=0):
    """Scalars of a value by the expression that names them; None: optimised out."""
    try:
        kind = value.type.strip_typedefs()
        if value.is_optimized_out:
            found[path] = None
        elif kind.code in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION) and depth < MAX_DEPTH:
            for field in kind.fields():
                leaves(path + '.' + field.name if field.name else path, value[field], found, depth + 1)
        elif kind.code == gdb.TYPE_CODE_ARRAY and depth < MAX_DEPTH:
            low, high = kind.range()
            for index in range(low, min(high, low + 8) + 1):
                leaves('%s[%d]' % (path, index), value[index], found, depth + 1)
        elif kind.code == gdb.TYPE_CODE_PTR:
            found[path] = ['pointer', hex(int(value) & 0xffffffffffffffff)]
        elif kind.code == gdb.TYPE_CODE_FLT:
            found[path] = ['float', value.format_string(symbols=False)]
        elif kind.code in (gdb.TYPE_CODE_ENUM, gdb.TYPE_CODE_BOOL):
            found[path] = ['name', value.format_string()]
        elif kind.code in (gdb.TYPE_CODE_INT, gdb.TYPE_CODE_CHAR):
            found[path] = ['integer', str(int(value))]
    except (gdb.MemoryError, gdb.error) as error:
        found[path] = ['error', str(error)]


def variables(frame):
    found, types = {}, {}
    try:
        block = frame.block()
    except RuntimeError:
        return found, types
    seen = set()
    while block is not None and not block.is_static and not block.is_global:
        for symbol in block:
            if (symbol.is_variable or symbol.is_argument) and symbol.name not in seen:
                seen.add(symbol.name)
                value = symbol.value(frame)
                types[symbol.name] = str(value.type)
                leaves(symbol.name, value, found)
        if block.function is not None:
            break
        block = block.superblock
    return found, types


def describe(frame):
    found, types = variables(frame)
    sal = frame.find_sal()
    return {'pc': hex(frame.pc()), 'name': frame.name(), 'inline': frame.type() == gdb.INLINE_FRAME, 'line': sal.line,
            'sp': hex(int(frame.read_register('sp')) & 0xffffffffffffffff), 'variables': found, 'types': types}


def stop(globals_, start, size):
    frames, frame = [], gdb.newest_frame()
    while frame is not None and len(frames) < 64:
        # Frames that a tail call replaced are GDB's reconstruction, not on the stack.
        if frame.type() != gdb.TAILCALL_FRAME and frame.pc() != 0:
            frames.append(describe(frame))
        frame = frame.older()
    found, types = {}, {}
    for name in globals_:
        value = gdb.parse_and_eval(name)
        types[name] = str(value.type)
        leaves(name, value, found)
    newest = gdb.newest_frame()
    registers = [hex(int(newest.read_register('x%d' % n)) & 0xffffffffffffffff) for n in range(32)]
    names = ['ft0', 'ft1', 'ft2', 'ft3', 'ft4', 'ft5', 'ft6', 'ft7', 'fs0', 'fs1', 'fa0', 'fa1', 'fa2', 'fa3', 'fa4', 'fa5', 'fa6', 'fa7', 'fs2', 'fs3',
             'fs4', 'fs5', 'fs6', 'fs7', 'fs8', 'fs9', 'fs10', 'fs11', 'ft8', 'ft9', 'ft10', 'ft11']
    raw = gdb.execute('info registers ' + ' '.join(names), to_string=True)
    floats = [line.rsplit('(raw ', 1)[1].rstrip(')') for line in raw.splitlines()]
    memory = bytes(gdb.selected_inferior().read_memory(start, size)).hex()
    print('@' + json.dumps({'pc': hex(newest.pc()), 'registers': registers, 'floats': floats, 'memory': memory,
                            'frames': frames, 'globals': found, 'globalTypes': types}))


def run(addresses, globals_, start, size, hits, every):
    """Each breakpoint stops `hits` times; one stop in `every` is described."""
    gdb.execute('set backtrace past-main on')
    breakpoints = {address: gdb.Breakpoint('*%d' % address) for address in addresses}
    count = 0
    while True:
        try:
            gdb.execute('continue', to_string=True)
        except gdb.error:
            break  # The guest powered the machine off.
        breakpoint_ = breakpoints.get(int(gdb.newest_frame().pc()))
        if breakpoint_ is None:
            break
        if breakpoint_.hit_count >= hits:
            breakpoint_.enabled = False
        if count % every == 0:
            stop(globals_, start, size)
        count += 1
