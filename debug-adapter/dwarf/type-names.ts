/** Integer types as people write them: GCC says `long unsigned int`, `short int`. */
export function canonicalTypeName(name: string): string {
  const words = name.split(' ');
  const isInteger = words.every((word) => ['signed', 'unsigned', 'short', 'long', 'int'].includes(word));
  if (!isInteger || words.length === 1) return name;
  const rest = words.filter((word) => word === 'short' || word === 'long');
  const base = rest.length === 0 ? ['int'] : rest;
  return [...(words.includes('unsigned') ? ['unsigned'] : []), ...base].join(' ');
}

/** Integer types among the parameters of a template, as people write them. */
export function canonicalTemplate(name: string): string {
  return name.includes('<') ? canonicalTypes(name) : name;
}

/** Integer types wherever they are in a text. */
export function canonicalTypes(text: string): string {
  return text.replace(/\b(?:signed|unsigned|short|long|int)(?: (?:signed|unsigned|short|long|int))+\b/g, canonicalTypeName);
}
