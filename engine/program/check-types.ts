/**
 * What the compiler's process runs: the program's own options, its entry as the only root, the errors as JSON. An
 * answer is kept with everything that the compiler asked the disk for, and what it was told. While the disk would say
 * the same again, to the byte, the answer holds, and the compiler is not even loaded: it takes seconds, mostly to read
 * the declarations of @pulumi/kubernetes. The function stands alone: its text is what runs there.
 */
import type TypeScript from "typescript";

export interface Diagnostic {
    readonly file?: string;
    readonly line?: number;
    readonly code: number;
    readonly message: string;
}

/** What was asked, by path. A text is kept as its hash, and null stands for what is not there. */
interface Asked {
    readonly texts: Record<string, string | null>;
    readonly files: Record<string, boolean>;
    readonly folders: Record<string, boolean>;
    readonly listings: Record<string, readonly string[]>;
    readonly realPaths: Record<string, string>;
}

interface Kept {
    readonly asked: Asked;
    readonly found: readonly Diagnostic[];
}

interface Builtins {
    readonly fs: typeof import("node:fs");
    readonly path: typeof import("node:path");
    readonly crypto: typeof import("node:crypto");
    readonly load: (file: string) => unknown;
}

/** `kept`: where the answer is kept, empty where it is not to be. */
export function checkTypes(
    { fs, path, crypto, load }: Builtins,
    compiler: string,
    entry: string,
    tsconfig: string,
    kept: string,
): readonly Diagnostic[] {
    const statOf = (file: string): ReturnType<typeof fs.statSync> | undefined => fs.statSync(file, { throwIfNoEntry: false });
    const or = <T>(ask: () => T, otherwise: T): T => {
        try {
            return ask();
        } catch {
            return otherwise;
        }
    };
    const foldersIn = (folder: string): string[] =>
        or(
            () =>
                fs
                    .readdirSync(folder)
                    .filter((name) => statOf(path.join(folder, name))?.isDirectory())
                    .sort(),
            [],
        );
    const disk = {
        texts: (file: string): string | null => or(() => crypto.hash("sha256", fs.readFileSync(file), "base64"), null),
        files: (file: string): boolean => or(() => statOf(file)?.isFile() ?? false, false),
        folders: (folder: string): boolean => or(() => statOf(folder)?.isDirectory() ?? false, false),
        realPaths: (file: string): string => or(() => fs.realpathSync.native(file), file),
    };
    const holds = ({ asked }: Kept): boolean =>
        (["files", "folders", "realPaths", "texts"] as const).every((kind) =>
            Object.entries(asked[kind]).every(([name, said]) => disk[kind](name) === said),
        ) && Object.entries(asked.listings).every(([folder, names]) => foldersIn(folder).join("/") === names.join("/"));

    /** Nobody else may have written to the folder: who could, could hide errors. */
    const isOurs = (folder: string): boolean => {
        const { uid, mode } = fs.lstatSync(folder);
        return process.platform === "win32" || (uid === process.getuid?.() && (mode & 0o022) === 0 && fs.lstatSync(folder).isDirectory());
    };
    const keep = (answer: Kept): void =>
        or(() => {
            const folder = path.dirname(kept);
            fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
            if (!isOurs(folder)) return;
            const fresh = `${kept}.${process.pid}.new`;
            fs.writeFileSync(fresh, JSON.stringify(answer), { mode: 0o600 });
            fs.renameSync(fresh, kept);
            const ages = fs
                .readdirSync(folder)
                .map((name) => ({ file: path.join(folder, name), age: Number(statOf(path.join(folder, name))?.mtimeMs ?? 0) }));
            for (const { file } of ages.sort((a, b) => b.age - a.age).slice(50)) fs.rmSync(file, { force: true });
        }, undefined);

    const compile = (): Kept => {
        const ts = load(compiler) as typeof TypeScript;
        const asked: Asked = { texts: { [compiler]: disk.texts(compiler) }, files: {}, folders: {}, listings: {}, realPaths: {} };
        /** Told once, and the same from then on: what is kept is what the answer was made from. */
        const noted = <T, Noted>(
            notes: Record<string, Noted>,
            ask: (name: string) => T,
            note: (told: T) => Noted,
        ): ((name: string) => T) => {
            const told = new Map<string, T>();
            return (name) => {
                if (!told.has(name)) {
                    const answer = ask(name);
                    told.set(name, answer);
                    notes[path.resolve(name)] = note(answer);
                }
                return told.get(name) as T;
            };
        };
        const same = <T>(answer: T): T => answer;
        const sys: typeof ts.sys = {
            ...ts.sys,
            readFile: noted(
                asked.texts,
                (file) => ts.sys.readFile(file),
                (text) => (text === undefined ? null : crypto.hash("sha256", text, "base64")),
            ),
            fileExists: noted(asked.files, disk.files, same),
            directoryExists: noted(asked.folders, disk.folders, same),
            getDirectories: noted(asked.listings, foldersIn, same),
            realpath: noted(asked.realPaths, disk.realPaths, same),
            // The entry is the only root, whatever else the configuration names.
            readDirectory: () => [],
            // No versions of files are compared.
            createHash: () => "",
        };
        const parsed =
            tsconfig === ""
                ? undefined
                : ts.getParsedCommandLineOfConfigFile(tsconfig, {}, { ...sys, onUnRecoverableConfigFileDiagnostic: () => undefined });
        const own = parsed ? parsed.options : { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2022, strict: false };
        const options = { ...own, noEmit: true, skipLibCheck: true, incremental: false, composite: false };
        delete options.tsBuildInfoFile;
        const program = ts.createProgram([entry], options, ts.createIncrementalCompilerHost(options, sys));
        const found = [...program.getSyntacticDiagnostics(), ...program.getSemanticDiagnostics(), ...program.getGlobalDiagnostics()];
        return {
            asked,
            found: found
                .filter((one) => one.category === ts.DiagnosticCategory.Error)
                .map(({ file, start, code, messageText }) => ({
                    ...(file ? { file: file.fileName, line: ts.getLineAndCharacterOfPosition(file, start ?? 0).line + 1 } : {}),
                    code,
                    message: ts.flattenDiagnosticMessageText(messageText, " "),
                })),
        };
    };

    const before =
        kept === ""
            ? undefined
            : or(() => (isOurs(path.dirname(kept)) ? (JSON.parse(fs.readFileSync(kept, "utf8")) as Kept) : undefined), undefined);
    if (before !== undefined && or(() => holds(before), false)) return before.found;
    const answer = compile();
    if (kept !== "") keep(answer);
    return answer.found;
}
