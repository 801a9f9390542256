/** `gatehouse dump`: all that a proxy says of itself, as an archive that may be given to others: without any secret. */
import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { CommandError, errnoText, EXIT, type ExitCode } from "../exit";
import { shortPath, type Terminal } from "../terminal";
import type { AdminSource } from "./admin-source";
import { findProxies, type ProxyChoice } from "./proxies";
import { scrubbed } from "./scrub";
import { tarOf, type ArchiveFile } from "./tar";

export interface DumpOptions extends ProxyChoice {
    /** Absent: named by the time, in this folder. */
    readonly out?: string;
}

/** What is asked, and the file that it comes into. The configuration as it is for strangers. */
const QUESTIONS: readonly (readonly [path: string, file: string])[] = [
    ["/config_dump?share=true", "config_dump.json"],
    ["/sync", "sync.json"],
    ["/findings", "findings.json"],
    ["/source", "source.json"],
    ["/workers", "workers.json"],
    ["/listeners", "listeners.json"],
    ["/endpoints", "endpoints.json"],
    ["/contexts", "contexts.json"],
    ["/stats", "stats.json"],
    ["/changes", "changes.json"],
    ["/logging", "log-levels.json"],
    ["/ready", "ready.txt"],
];

/** An archive's names have less than a hundred bytes. */
const MOST_FOLDER = 40;

const README = `What a Gatehouse proxy said of itself, made by gatehouse dump.

config_dump.json  the tables that it serves by, without keys, passwords, header values that may be secret, and bodies
sync.json         versions, and whether every worker serves what the source has
findings.json     what is wrong
source.json       how it stands with the source of the objects
workers.json, listeners.json, endpoints.json, contexts.json, stats.json, changes.json, log-levels.json, ready.txt
errors.txt        what could not be asked, and why
`;

export async function writeDump(options: DumpOptions, terminal: Terminal): Promise<ExitCode> {
    const now = new Date();
    const { proxies, close } = await findProxies(options);
    try {
        const folder = `gatehouse-dump-${now.toISOString().replace(/[-:]|\.\d+/g, "")}`;
        const files: ArchiveFile[] = [{ name: `${folder}/README.txt`, content: README }, versions(folder, now)];
        let answered = 0;
        const folders = new Set<string>();
        for (const proxy of proxies) {
            const said = await askAll(proxy);
            if (said.files.length > 0) answered++;
            const errors = said.errors.length === 0 ? [] : [{ name: "errors.txt", content: `${said.errors.join("\n")}\n` }];
            const place = proxies.length === 1 ? folder : `${folder}/${folderOf(proxy.name, folders)}`;
            files.push(
                ...[...said.files, ...errors].map(({ name, content }) => ({ name: `${place}/${name}`, content: scrubbed(content) })),
            );
            for (const error of said.errors) terminal.progress(error);
        }
        if (answered === 0)
            throw new CommandError(EXIT.unable, `nothing was written: ${proxies.map((one) => one.name).join(", ")} did not answer`);
        const file = options.out ?? `${folder}.tar.gz`;
        write(file, gzipSync(tarOf(files, Math.floor(now.getTime() / 1000))));
        if (file !== "-") terminal.print(shortPath(file));
        return answered === proxies.length ? EXIT.ok : EXIT.failure;
    } finally {
        close();
    }
}

async function askAll(proxy: AdminSource): Promise<{ readonly files: readonly ArchiveFile[]; readonly errors: readonly string[] }> {
    const files: ArchiveFile[] = [];
    const errors: string[] = [];
    for (const [path, name] of QUESTIONS) {
        try {
            const said = await proxy.get(path);
            files.push({ name, content: typeof said === "string" ? said : `${JSON.stringify(said, null, 2)}\n` });
        } catch (error) {
            if (!(error instanceof CommandError)) throw error;
            errors.push(`${name}: ${error.message}`);
            // Nobody is there: to ask for all the others would take as long for each.
            if (files.length === 0) break;
        }
    }
    return { files, errors };
}

function versions(folder: string, now: Date): ArchiveFile {
    const content = {
        at: now.toISOString(),
        command: {
            gatehouse: process.env["GATEHOUSE_VERSION"] ?? "",
            node: process.version,
            platform: `${process.platform} ${process.arch}`,
        },
    };
    return { name: `${folder}/versions.json`, content: `${JSON.stringify(content, null, 2)}\n` };
}

function write(file: string, archive: Buffer): void {
    if (file === "-") {
        process.stdout.write(archive);
        return;
    }
    try {
        writeFileSync(file, archive, { mode: 0o600 });
    } catch (error) {
        throw new CommandError(EXIT.unable, `cannot write ${file}: ${errnoText(error)}`);
    }
}

/** Of its own, whatever is left of the name: what tells pods apart stands at the end. */
function folderOf(name: string, taken: Set<string>): string {
    const safe = name.replace(/^https?:\/\//, "").replaceAll(/[^A-Za-z0-9.-]+/g, "-");
    const short = safe.slice(-MOST_FOLDER);
    let folder = short;
    for (let n = 2; taken.has(folder); n++) folder = `${short}-${n}`;
    taken.add(folder);
    return folder;
}
