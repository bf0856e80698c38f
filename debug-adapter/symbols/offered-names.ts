import { floatRegisterNames, integerRegisterNames } from '../../emulator/index.ts';
import { attempt } from '../dwarf/reader.ts';
import { typeText } from '../dwarf/type-text.ts';
import { stripType } from '../dwarf/type-model.ts';
import type { Type } from '../dwarf/type-model.ts';
import { namedMembers } from '../expressions/members.ts';
import type { NameSource, OfferedName } from '../expressions/completion.ts';
import type { CodeScope, ScopeProgram } from './code-scope.ts';

const MAX_GLOBALS = 200;
/** CSRs that conditions and watches ask for. */
const CSRS = ['mstatus', 'mepc', 'mcause', 'mtval', 'mtvec', 'mie', 'mip', 'mscratch', 'sstatus', 'sepc', 'scause', 'stval', 'stvec', 'sie', 'sip', 'sscratch', 'satp', 'cycle', 'time', 'instret', 'fcsr'];

/** Names for completion: locals innermost first, parameters, the unit's names, then other units' and symbols. */
export function namesInScope(program: ScopeProgram, scope: CodeScope): NameSource {
  return {
    values: (prefix) => values(program, scope, prefix),
    types: (prefix, keyword) => types(program, scope, prefix, keyword),
    registers: ['pc', ...integerRegisterNames, 'fp', ...floatRegisterNames, ...CSRS],
  };
}

function* values({ info, names, symbols, isCode }: ScopeProgram, scope: CodeScope, prefix: string): Generator<OfferedName, void, undefined> {
  const locals = attempt(() => scope.locals(), []);
  const inner = locals.filter(({ isParameter }) => !isParameter).reverse();
  for (const { name, typeDie } of [...inner, ...locals.filter(({ isParameter }) => isParameter)]) {
    yield { name, type: 'variable', detail: attempt(() => typeText(info.types.typeOf(typeDie)), undefined) };
  }
  yield* membersOfThis(scope);
  let count = 0;
  for (const kind of ['variables', 'constants', 'functions'] as const) {
    for (const name of names.beginning(kind, prefix, scope.unit)) {
      yield { name, type: kind === 'functions' ? 'function' : kind === 'constants' ? 'property' : 'variable' };
      if (++count >= MAX_GLOBALS) return;
    }
  }
  for (const { name, address } of symbols.symbols) {
    if (!name.startsWith(prefix) || !/^[A-Za-z_]\w*$/.test(name) || name.startsWith('_Z')) continue;
    yield { name, type: isCode(address) ? 'function' : 'variable' };
    if (++count >= MAX_GLOBALS) return;
  }
}

function* membersOfThis(scope: CodeScope): Generator<OfferedName, void, undefined> {
  const self: Type | undefined = scope.language === 'c++' ? scope.local('this')?.type : undefined;
  const pointer = self === undefined ? undefined : stripType(self);
  const type = pointer?.kind === 'pointer' ? stripType(pointer.target()) : undefined;
  if (type?.kind !== 'structure') return;
  for (const member of namedMembers(type)) if (member.name !== undefined) yield { name: member.name, type: 'field', detail: typeText(member.type) };
}

function* types({ names }: ScopeProgram, scope: CodeScope, prefix: string, keyword: string | undefined): Generator<OfferedName, void, undefined> {
  let count = 0;
  for (const name of names.beginning('types', keyword === undefined ? prefix : `${keyword} ${prefix}`, scope.unit)) {
    if (name.startsWith('?')) continue;
    // `struct node` is offered whole, or its name behind the keyword.
    const offered = keyword === undefined ? name : name.slice(keyword.length + 1);
    yield { name: offered, type: 'keyword' };
    if (++count >= MAX_GLOBALS) return;
  }
}
