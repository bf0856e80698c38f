/**
 * The layers. Whoever is missing in a list may not be imported: the arrows are in ARCHITECTURE.md.
 * Type-only imports count, except where a rule says otherwise.
 */

// The encoder of WebAssembly is a leaf that instruction semantics are written against.
const ENCODER = '^emulator/engine/wasm-code\\.ts$';
const FOUNDATION = `^emulator/(assert|user-error)\\.ts$|^emulator/core/layout\\.ts$|^emulator/platform/|${ENCODER}`;
/** Emulator folder -> what it may import beside itself and the foundation. */
const folders = {
  isa: [],
  engine: ['isa', 'core/generated'],
  devices: [],
  boot: ['devices'],
  machine: ['isa', 'engine', 'devices', 'boot'],
  record: ['devices', 'machine'],
  timeline: ['isa', 'engine', 'devices', 'machine', 'record'],
  session: ['isa', 'engine', 'devices', 'boot', 'machine', 'record', 'timeline'],
  'gdb-server': ['isa', 'machine', 'record', 'session'],
};

/** Interfaces that a lower layer names, and a higher one implements: types only, no code. */
const INTERFACES = {
  isa: '^emulator/engine/core-module\\.ts$',
  devices: '^emulator/machine/(input|machine-types)\\.ts$',
  boot: '^emulator/machine/(input|machine-types)\\.ts$',
};

const layerRules = Object.entries(folders).flatMap(([folder, below]) => {
  const own = `^emulator/(${[folder, ...below].join('|')})/`;
  const allowed = [own, FOUNDATION, '^node_modules/'];
  const interfaces = INTERFACES[folder];
  const rule = {
    name: `emulator-${folder}`, severity: 'error', comment: `emulator/${folder} may use ${below.length === 0 ? 'no other layer' : below.join(', ')}`,
    from: { path: `^emulator/${folder}/` },
  };
  if (interfaces === undefined) return [{ ...rule, to: { pathNot: allowed } }];
  return [
    { ...rule, to: { pathNot: [...allowed, interfaces] } },
    { ...rule, name: `${rule.name}-interfaces`, comment: `emulator/${folder} may use only the types of these files`, to: { path: interfaces, dependencyTypesNot: ['type-only'] } },
  ];
});

/** What devices share; the parts of virtio devices among it. */
const SHARED_BY_DEVICES = 'device|memory-map|saved-state|virtio-device|virtio-queue|block-image|block-overlay|block-hash';
const IMPLEMENTATIONS_OF_DEVICES = `^emulator/devices/(?!(${SHARED_BY_DEVICES})\\.ts)`;

export default {
  forbidden: [
    ...layerRules,
    { name: 'encoder-is-a-leaf', severity: 'error', comment: 'isa/ builds on the encoder.', from: { path: ENCODER }, to: { pathNot: ['^emulator/assert\\.ts$'] } },
    {
      name: 'no-circular', severity: 'error', comment: 'Cycles of code; types may refer to each other.',
      from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'no-unresolvable', severity: 'error', comment: 'The import leads nowhere.', from: {}, to: { couldNotResolve: true, pathNot: ['^vscode$', 'core/generated/'] } },
    { name: 'inside-the-repository', severity: 'error', comment: 'Nothing outside the repository may be imported.', from: {}, to: { path: '^(\\.\\./|/)' } },
    {
      name: 'emulator-without-node', severity: 'error', comment: 'The emulator runs in any JavaScript host: what Node offers is handed in by host/.',
      from: { path: '^emulator/', pathNot: '^emulator/(host|cli)/' }, to: { dependencyTypes: ['core'] },
    },
    {
      name: 'emulator-is-the-lowest', severity: 'error', comment: 'The emulator knows nothing of DAP or VS Code.',
      from: { path: '^emulator/' }, to: { path: '^(debug-adapter|extension|scripts|test)/|^vscode$|^node_modules/@vscode/' },
    },
    {
      name: 'emulator-host-and-cli-on-top', severity: 'error', comment: 'host/ and cli/ hand themselves in; nobody below asks for them.',
      from: { path: '^emulator/', pathNot: '^emulator/(host|cli)/' }, to: { path: '^emulator/(host|cli)/' },
    },
    { name: 'emulator-host-without-cli', severity: 'error', comment: 'cli/ uses host/.', from: { path: '^emulator/host/' }, to: { path: '^emulator/cli/' } },
    {
      name: 'device-is-a-leaf', severity: 'error', comment: 'A device sees the capabilities it is handed (device.ts), never another device or the machine.',
      from: { path: '^emulator/devices/[^/]+\\.ts$', pathNot: '^emulator/devices/(index|devices)\\.ts$' }, to: { path: IMPLEMENTATIONS_OF_DEVICES },
    },
    {
      name: 'debug-adapter-through-the-front-door', severity: 'error', comment: 'The debug adapter uses the emulator through index.ts, and the Node host.',
      from: { path: '^debug-adapter/' }, to: { path: '^emulator/', pathNot: '^emulator/(index\\.ts$|assert\\.ts$|user-error\\.ts$|host/)' },
    },
    { name: 'debug-adapter-below-extension', severity: 'error', comment: 'The debug adapter runs outside VS Code too.', from: { path: '^debug-adapter/' }, to: { path: '^extension/|^vscode$' } },
    {
      name: 'protocol-is-a-leaf', severity: 'error', comment: 'protocol.ts is shared with the extension: types and constants, no code of the debug adapter.',
      from: { path: '^debug-adapter/protocol' }, to: { pathNot: '^debug-adapter/protocol', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'extension-protocol-only', severity: 'error', comment: 'The extension talks to the debug adapter over DAP; of its sources it sees the types of protocol.ts alone.',
      from: { path: '^extension/' }, to: { path: '^debug-adapter/', pathNot: '^debug-adapter/protocol(\\.ts$|/)' },
    },
    { name: 'extension-without-emulator', severity: 'error', comment: 'The extension reaches the machine through the debug adapter.', from: { path: '^extension/' }, to: { path: '^emulator/' } },
    { name: 'webviews-in-a-browser', severity: 'error', comment: 'Webviews have neither Node nor VS Code.', from: { path: '^extension/webviews/' }, to: { dependencyTypes: ['core'] } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/|^emulator/core/(?!layout\\.ts|generated/)' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'] },
  },
};
