/**
 * Brings Debian packages of another architecture, with an apt state of its own: nothing of the machine's changes, and no
 * privilege is needed. apt checks the archive's signatures as always.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../user-error.ts';

const ARCHITECTURE = 'riscv64';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const DEFAULT_MIRROR = 'http://deb.debian.org/debian/';
const COMMANDS = [['apt-get', 'apt'], ['dpkg-deb', 'dpkg'], ['xz', 'xz-utils']] as const;
/** The second name of the suite is asked for where the first one's index is being renewed on the mirror. */
const SUITES = ['trixie', 'stable'] as const;

export class DebianPackages {
  /** Of every apt command. */
  readonly options: readonly string[];
  readonly folder: string;

  /** `folder`: for apt's state and the packages; the caller removes it. */
  constructor(folder: string) {
    for (const [command, debianPackage] of COMMANDS) {
      if (spawnSync(command, ['--version'], { stdio: 'ignore' }).error !== undefined) {
        throw new UserError(`${command} is not here, and the packages come through it; on Debian: apt-get install ${debianPackage}.`);
      }
    }
    if (!existsSync(KEYRING)) throw new UserError(`Debian's keys are not in ${KEYRING}, without which its packages are not trusted; install the package debian-archive-keyring.`);
    this.folder = folder;
    for (const part of ['lists/partial', 'cache/archives/partial', 'packages']) mkdirSync(join(folder, part), { recursive: true });
    const settings = {
      'APT::Architecture': ARCHITECTURE, 'APT::Architectures': ARCHITECTURE, 'APT::Sandbox::User': '', 'Dir::State::Lists': join(folder, 'lists'),
      'Dir::Cache': join(folder, 'cache'), 'Dir::Etc::SourceList': join(folder, 'sources.list'), 'Dir::Etc::SourceParts': '/dev/null',
      'Acquire::Languages': 'none',
    };
    this.options = Object.entries(settings).map(([key, value]) => `-o${key}=${value}`);
  }

  /** Reads the list of packages. */
  update(): void {
    const mirror = ownMirror() ?? DEFAULT_MIRROR;
    let complaint = '';
    for (const suite of SUITES) {
      writeFileSync(join(this.folder, 'sources.list'), `deb [signed-by=${KEYRING}] ${mirror} ${suite} main\n`);
      const run = spawnSync('apt-get', [...this.options, '-qq', 'update'], { encoding: 'utf8' });
      complaint = run.stderr.trim();
      if (run.status === 0 && !/^[EW]: (Failed|Some index)/m.test(complaint)) return;
    }
    throw new UserError(`Debian's packages cannot be reached through ${mirror}; check the network and try again. apt-get says:\n${complaint}`);
  }

  /** What the package depends on, at the first level. */
  dependencies(name: string): string[] {
    const text = this.#run('apt-cache', ['depends', name]);
    return [...text.matchAll(/^\s+Depends: (\S+)$/gm)].map((match) => match[1] ?? '');
  }

  /** The versions of a package that the mirror has; none when it does not know it. */
  versions(name: string): string[] {
    const rows = this.#run('apt-cache', ['madison', name]).split('\n').map((row) => row.split('|').map((column) => column.trim()));
    return [...new Set(rows.flatMap(([of, version = '']) => (of === name && version !== '' ? [version] : [])))];
  }

  /** Size to be downloaded, of all of them. */
  sizeBytes(names: readonly string[]): number {
    const text = this.#run('apt-cache', ['show', '--no-all-versions', ...names]);
    return [...text.matchAll(/^Size: (\d+)$/gm)].reduce((sum, match) => sum + Number(match[1]), 0);
  }

  /** Downloads packages; where each of them is. */
  download(names: readonly string[]): Map<string, string> {
    const folder = join(this.folder, 'packages');
    const shown = process.stderr.isTTY ? (['ignore', 'inherit', 'inherit'] as const) : (['ignore', 'ignore', 'pipe'] as const);
    const run = spawnSync('apt-get', [...this.options, 'download', ...names], { cwd: folder, stdio: [...shown], encoding: 'utf8' });
    if (run.status !== 0) throw new UserError(`The packages could not be downloaded; check the network and try again.${run.stderr ? ` apt-get says:\n${run.stderr.trim()}` : ''}`);
    const files = readdirSync(folder);
    return new Map(names.map((name) => {
      const file = files.find((candidate) => candidate.startsWith(`${name}_`));
      if (file === undefined) throw new UserError(`apt-get brought no package ${name}; try again.`);
      return [name, join(folder, file)];
    }));
  }

  #run(command: string, words: readonly string[]): string {
    return execFileSync(command, [...this.options, ...words], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }
}

/** Unpacks a package. */
export function unpack(file: string, into: string): void {
  mkdirSync(into, { recursive: true });
  const archive = spawnSync('dpkg-deb', ['-x', file, into], { encoding: 'utf8' });
  if (archive.status !== 0) throw new UserError(`${file} cannot be unpacked: ${archive.stderr.trim()}; is the disk full?`);
}

/** The mirror that this machine uses for Debian itself, if it is a Debian machine. */
function ownMirror(): string | undefined {
  const run = spawnSync('apt-get', ['indextargets', '--format', '$(ORIGIN) $(RELEASE) $(REPO_URI)', 'Created-By: Packages'], { encoding: 'utf8' });
  if (run.status !== 0) return undefined;
  const rows = run.stdout.split('\n').map((line) => line.split(' '));
  return rows.find(([origin, release = '']) => origin === 'Debian' && !/security|updates|backports/.test(release))?.[2];
}
