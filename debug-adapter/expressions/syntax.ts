/** An expression as it is written. */
export type Syntax =
  | { readonly kind: 'integer'; readonly value: bigint; readonly isDecimal: boolean; readonly suffix: string }
  | { readonly kind: 'float'; readonly value: number; readonly suffix: string }
  | { readonly kind: 'character'; readonly code: number; readonly prefix: string }
  | { readonly kind: 'string'; readonly codes: readonly number[]; readonly prefix: string }
  /** `name`, `A::b`, `::b`; `file`: of that file. */
  | { readonly kind: 'name'; readonly name: string; readonly file: string | undefined }
  | { readonly kind: 'register'; readonly name: string }
  | { readonly kind: 'unary'; readonly operator: UnaryOperator; readonly operand: Syntax }
  | { readonly kind: 'binary'; readonly operator: BinaryOperator; readonly left: Syntax; readonly right: Syntax }
  | { readonly kind: 'conditional'; readonly condition: Syntax; readonly yes: Syntax; readonly no: Syntax }
  | { readonly kind: 'member'; readonly of: Syntax; readonly name: string }
  | { readonly kind: 'element'; readonly of: Syntax; readonly index: Syntax }
  | { readonly kind: 'cast'; readonly type: TypeSyntax; readonly operand: Syntax }
  /** GDB's `{type} address`. */
  | { readonly kind: 'at'; readonly type: TypeSyntax; readonly address: Syntax }
  | { readonly kind: 'sizeof-type'; readonly type: TypeSyntax; readonly isAlignment: boolean };

export type UnaryOperator = '*' | '&' | '+' | '-' | '!' | '~' | 'sizeof';
/** `@` is GDB's: an array of so many from there. */
export type BinaryOperator = '@' | '+' | '-' | '*' | '/' | '%' | '<<' | '>>' | '<' | '>' | '<=' | '>=' | '==' | '!=' | '&' | '|' | '^' | '&&' | '||' | ',';

/** A type name. `modifiers` apply to the base one after the other. */
export interface TypeSyntax {
  readonly base: { readonly keyword: 'struct' | 'union' | 'class' | 'enum' | undefined; readonly name: string };
  readonly qualifiers: readonly string[];
  readonly modifiers: readonly TypeModifier[];
}

export type TypeModifier =
  | { readonly kind: 'pointer'; readonly symbol: '*' | '&' | '&&'; readonly qualifiers: readonly string[] }
  | { readonly kind: 'array'; readonly count: number | undefined }
  | { readonly kind: 'function'; readonly parameters: readonly TypeSyntax[] };
