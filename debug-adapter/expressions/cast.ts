import { memoryStorage } from '../dwarf/storage.ts';
import { isReference, sizeOfType, stripType } from '../dwarf/type-model.ts';
import type { BareType, Type } from '../dwarf/type-model.ts';
import { typeText } from '../dwarf/type-text.ts';
import { convert, numericOf } from './arithmetic.ts';
import type { Scalar } from './arithmetic.ts';
import { constantCode, knownSize, placeCode, scalarCode } from './code.ts';
import type { Code } from './code.ts';
import { baseOffset } from './members.ts';
import { decayed } from './operators.ts';
import { Problem } from './problem.ts';

/** A cast, C's or one to a structure or array, which looks at the same bytes in another way. */
export function castTo(type: Type, code: Code): Code {
  const to = stripType(type);
  if (to.kind === 'void') throw new Problem('a value of type void has nothing to show');
  if (isReference(to)) {
    return placeCode(to.target(), (at) => ({ type: to.target(), storage: code.value(at).storage, bits: undefined }));
  }
  if (to.kind === 'structure' || to.kind === 'array' || to.kind === 'unsupported' || to.kind === 'function') return reinterpreted(type, to, code);
  const numeric = numericOf(type);
  const operand = decayed(code);
  const { scalar } = operand;
  const from = numericOf(operand.type);
  if (numeric === undefined || scalar === undefined || from === undefined || (numeric.kind === 'pointer' && from.kind === 'float') || (numeric.kind === 'float' && from.kind === 'pointer')) throw refused(code.type, type);
  const adjust = pointerShift(stripType(operand.type), to);
  const converted = (value: Scalar): Scalar => convert(adjust === 0n || value === 0n ? value : BigInt.asUintN(64, (value as bigint) + adjust), numeric);
  return operand.constant === undefined ? scalarCode(type, (at) => converted(scalar(at))) : constantCode(type, converted(operand.constant));
}

function refused(from: Type, to: Type): Problem {
  return new Problem(`${typeText(from)} cannot be cast to ${typeText(to)}`);
}

/** Between classes of which one is a base of the other, the object's address may change. */
function pointerShift(from: BareType, to: BareType): bigint {
  if (from.kind !== 'pointer' || to.kind !== 'pointer') return 0n;
  const [source, target] = [stripType(from.target()), stripType(to.target())];
  if (source.kind !== 'structure' || target.kind !== 'structure' || source.language !== 'c++' || source.name === target.name) return 0n;
  const up = baseOffset(source, target);
  if (up !== undefined) return BigInt(up);
  const down = baseOffset(target, source);
  return down === undefined ? 0n : -BigInt(down);
}

function reinterpreted(type: Type, to: BareType, code: Code): Code {
  const from = stripType(code.type);
  if (to.kind === 'function' || to.kind === 'unsupported') throw refused(code.type, type);
  if (to.kind === 'structure' && from.kind === 'structure' && to.language === 'c++') {
    const offset = baseOffset(from, to);
    if (offset !== undefined) {
      return placeCode(type, (at) => {
        const { address } = code.value(at).storage;
        if (address === undefined) throw new Problem('the object is not in memory');
        return { type, storage: memoryStorage(at.memory, address + BigInt(offset)), bits: undefined };
      });
    }
  }
  const size = knownSize(type);
  const tooSmall = new Problem(`a value of type ${typeText(code.type)} does not have the ${size} bytes of ${typeText(type)}`);
  if (to.kind === 'structure' && sizeOfType(code.type) !== size) throw tooSmall;
  return placeCode(type, (at) => {
    const { storage } = code.value(at);
    if (storage.address === undefined && typeof storage.read(0, size) === 'string') throw tooSmall;
    return { type, storage, bits: undefined };
  });
}
