"""Runs in GDB, connected to a session: prints every frame with the variables of all its blocks as one line of JSON."""
import json
import gdb

MAX_DEPTH = 5
MAX_ELEMENTS = 10
MAX_FRAMES = 40
MASK = 0xffffffffffffffff
SAVED = ['s%d' % n for n in range(12)]


def why_not(error):
    return {'missing': str(error)}


def parts(value, kind, depth):
    """Members or elements; static members belong to no object."""
    if kind.code == gdb.TYPE_CODE_ARRAY:
        low, high = kind.range()
        return {'count': high - low + 1, 'parts': [['[%d]' % (index - low), tree(value[index], depth + 1)] for index in range(low, min(high, low + MAX_ELEMENTS - 1) + 1)]}
    fields = [field for field in kind.fields() if hasattr(field, 'bitpos')]
    return {'parts': [[field.name or '', tree(value[field], depth + 1)] for field in fields]}


def tree(value, depth=0):
    """What a value consists of, down to scalars."""
    try:
        kind = value.type.strip_typedefs()
        if kind.code in (gdb.TYPE_CODE_REF, gdb.TYPE_CODE_RVALUE_REF):
            if value.is_optimized_out:
                return {'missing': 'optimized out', 'type': str(value.type)}
            return dict(tree(value.referenced_value(), depth), type=str(value.type))
        if kind.code in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION, gdb.TYPE_CODE_ARRAY):
            return {'deep': True} if depth >= MAX_DEPTH else dict(parts(value, kind, depth), type=str(value.type))
        if value.is_optimized_out:
            return {'missing': 'optimized out', 'type': str(value.type)}
        found = {'text': value.format_string(symbols=True, max_elements=200, repeat_threshold=0, styling=False), 'type': str(value.type)}
        if kind.code == gdb.TYPE_CODE_FLT:
            found['float'] = kind.sizeof * 8
        return found
    except (gdb.MemoryError, gdb.error, OverflowError) as error:
        return why_not(error)


def is_shown(symbol):
    """Constants are variables whose value the compiler knew, or enumerators; labels without an address look like variables."""
    if symbol.type is None or symbol.type.name == '__CORE_ADDR':
        return False
    if symbol.is_constant:
        kind = symbol.type.strip_typedefs()
        return kind.code != gdb.TYPE_CODE_ENUM or symbol.name not in [field.name for field in kind.fields()]
    return symbol.is_variable or symbol.is_argument


def variables(frame):
    """Of all blocks of the function or inlined call, the innermost first; what an inner block hides is left out."""
    found = []
    try:
        block = frame.block()
    except RuntimeError:
        return found
    seen = set()
    while block is not None and not block.is_static and not block.is_global:
        for symbol in block:
            if is_shown(symbol) and symbol.name not in seen:
                seen.add(symbol.name)
                try:
                    value = symbol.value(frame)
                    found.append({'name': symbol.name, 'type': str(value.type), 'value': tree(value)})
                except (gdb.MemoryError, gdb.error) as error:
                    found.append({'name': symbol.name, 'type': str(symbol.type), 'value': why_not(error)})
        if block.function is not None:
            break
        block = block.superblock
    return found


def saved(frame):
    found = []
    for name in SAVED:
        try:
            value = frame.read_register(name)
            found.append(None if value.is_optimized_out else hex(int(value) & MASK))
        except gdb.error:
            found.append(None)
    return found


KINDS = {gdb.INLINE_FRAME: 'inline', gdb.TAILCALL_FRAME: 'tail', gdb.SIGTRAMP_FRAME: 'signal'}


def describe(frame):
    sal, function = frame.find_sal(), frame.function()
    try:
        sp = hex(int(frame.read_register('sp')) & MASK)
    except gdb.error:
        sp = None
    return {
        'pc': hex(frame.pc()), 'name': function.print_name if function is not None else frame.name(), 'kind': KINDS.get(frame.type(), 'normal'),
        'line': sal.line if sal.symtab else 0, 'file': sal.symtab.filename if sal.symtab else None,
        'fullFile': sal.symtab.fullname() if sal.symtab else None, 'sp': sp, 'saved': saved(frame), 'variables': variables(frame),
    }


def oracle_at(position):
    gdb.execute('monitor seek %d' % position, to_string=True)
    gdb.execute('maintenance flush register-cache', to_string=True)
    gdb.execute('maintenance flush dcache', to_string=True)
    frames, end = [], None
    try:
        frame = gdb.newest_frame()
        while frame is not None and len(frames) < MAX_FRAMES:
            # Types are written in the language of the selected frame.
            frame.select()
            frames.append(describe(frame))
            end = frame.unwind_stop_reason()
            frame = frame.older()
    except (gdb.MemoryError, gdb.error) as error:
        end = str(error)
    print('@' + json.dumps({'frames': frames, 'end': end if isinstance(end, str) else gdb.frame_stop_reason_string(end)}))


def oracle_place(level, name):
    """Where GDB says that a variable of a frame is: registers, or an expression."""
    frame = gdb.newest_frame()
    for _ in range(level):
        frame = frame.older()
    frame.select()
    print('@' + json.dumps(gdb.execute('info address ' + name, to_string=True)))


gdb.execute('set backtrace past-main on')
