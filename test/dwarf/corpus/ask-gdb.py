"""Runs in GDB: evaluates expressions on a file's static data and prints, for each, its value and type, or the error, as one line of JSON."""
import json
import gdb


def ask(request):
    for line in open(request):
        expression, form = json.loads(line)
        try:
            value = gdb.parse_and_eval(expression)
            if form:
                text = gdb.execute('output/%s %s' % (form, expression), to_string=True)
            else:
                text = value.format_string(repeat_threshold=0, max_elements=200, static_members=False, deref_refs=True)
            answer = {'value': text, 'type': str(value.type), 'size': value.type.sizeof}
        except (gdb.error, RuntimeError, UnicodeError) as error:
            answer = {'error': str(error)}
        print('@' + json.dumps(answer))
