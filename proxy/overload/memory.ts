/**
 * How much memory the proxy's processes hold, of what they could hold: what a container may have (cgroup v2 `memory.max`, v1
 * `memory.limit_in_bytes`), else the machine. What others in it hold, and what the kernel gives back when asked, is not ours.
 */
import { readFileSync } from "node:fs";
import path from "node:path";

/** Bytes. */
export interface MemoryReading {
    /** Of all processes of the proxy. */
    readonly own: number;
    /** What could be had besides. */
    readonly free: number;
    /** Of that, what is not to be given away. */
    readonly reserve: number;
}

/** Reads a file; undefined: there is none. Tests put others in its place. */
export type ReadText = (file: string) => string | undefined;

/** A kernel of 4 KiB pages is what Node runs on nearly everywhere; on one of larger pages own memory looks smaller than it is. */
const PAGE = 4096;
/** A limit of v1 that is none is a number near 2^63. */
const NO_LIMIT = 2 ** 60;

/**
 * V8 takes some tens of megabytes at once for young objects, and the kernel as much for what has come in on many sockets and is read
 * by nobody yet: a share of a small container would be less than that. Of a container that is smaller still a part is left to use.
 */
const RESERVE = 32 * 1024 * 1024;
const RESERVE_SHARE = 0.1;

function reserveOf(limit: number): number {
    return Math.min(RESERVE, Math.floor(limit * RESERVE_SHARE));
}

/** What can be given away, in bytes. */
export function roomIn({ free, reserve }: MemoryReading): number {
    return Math.max(0, free - reserve);
}

/** 0 to 1; 0 where the system tells nothing. */
export function memoryPressure(reading: MemoryReading): number {
    const all = reading.own + roomIn(reading);
    return all > 0 ? reading.own / all : 0;
}

export class Memory {
    readonly #read: ReadText;
    readonly #pid: number;
    readonly #parent: number;
    /** The group with the smallest limit among those that the process is in; undefined: none has one. */
    readonly #group: MemoryGroup | undefined;

    /** `parent`: the primary, whose children the workers are. */
    constructor(pid: number = process.pid, parent: number = process.ppid, read: ReadText = readText) {
        this.#read = read;
        this.#pid = pid;
        this.#parent = parent;
        this.#group = smallestGroup(read);
    }

    /** Where the bound comes from, and how high it is, for people. */
    get limit(): { readonly source: "cgroup v2" | "cgroup v1" | "system"; readonly bytes: number } {
        const group = this.#group;
        if (group !== undefined) return { source: group.version === 2 ? "cgroup v2" : "cgroup v1", bytes: group.limit };
        return { source: "system", bytes: this.#system("MemTotal") };
    }

    reading(): MemoryReading {
        return { own: this.#own(), ...this.#free() };
    }

    #own(): number {
        const children = this.#read(`/proc/${this.#parent}/task/${this.#parent}/children`);
        const siblings = children?.trim().split(/\s+/) ?? [];
        // Not every kernel tells: then each worker knows of itself alone.
        const pids = siblings.includes(String(this.#pid)) ? [String(this.#parent), ...siblings] : [String(this.#pid)];
        return pids.reduce((sum, pid) => sum + this.#anonymous(pid), 0);
    }

    /** What a process shares with others, as its program, is not counted. */
    #anonymous(pid: string): number {
        const [, resident = 0, shared = 0] = (this.#read(`/proc/${pid}/statm`) ?? "").split(" ").map(Number);
        return Math.max(0, resident - shared) * PAGE;
    }

    #free(): Omit<MemoryReading, "own"> {
        const group = this.#group;
        if (group === undefined) return { free: this.#system("MemAvailable"), reserve: reserveOf(this.#system("MemTotal")) };
        const limit = limitOf(this.#read(group.limitFile)) ?? group.limit;
        const used = numberOf(this.#read(group.usageFile));
        const free = Math.max(0, limit - used + reclaimable(this.#read(group.statFile), group.version));
        return { free, reserve: reserveOf(limit) };
    }

    #system(name: "MemTotal" | "MemAvailable"): number {
        const [, kib = "0"] = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(this.#read("/proc/meminfo") ?? "") ?? [];
        return Number(kib) * 1024;
    }
}

interface MemoryGroup {
    readonly version: 1 | 2;
    readonly limit: number;
    readonly limitFile: string;
    readonly usageFile: string;
    readonly statFile: string;
}

const ROOT = "/sys/fs/cgroup";

/** The process's own group and all above it: what one of them may not have, no group in it has. */
function smallestGroup(read: ReadText): MemoryGroup | undefined {
    const lines = (read("/proc/self/cgroup") ?? "").split("\n").map((line) => line.split(":"));
    const groups: MemoryGroup[] = [];
    for (const [id, controllers = "", at = "/"] of lines) {
        if (id === "0" && controllers === "")
            for (const folder of upwards(ROOT, at)) {
                collect(groups, 2, folder, "memory.max", "memory.current", read);
                // Above it the kernel lets the processes wait for their memory, which is as good as having none.
                collect(groups, 2, folder, "memory.high", "memory.current", read);
            }
        if (controllers.split(",").includes("memory"))
            for (const folder of upwards(`${ROOT}/memory`, at))
                collect(groups, 1, folder, "memory.limit_in_bytes", "memory.usage_in_bytes", read);
    }
    return groups.sort((a, b) => a.limit - b.limit)[0];
}

/** In a container the path may be one of the machine, which is not there: its root is the container's own group then. */
function upwards(root: string, at: string): string[] {
    const folders: string[] = [];
    for (let folder = path.posix.join("/", at); ; folder = path.posix.dirname(folder)) {
        folders.push(folder === "/" ? root : `${root}${folder}`);
        if (folder === "/") return folders;
    }
}

function collect(groups: MemoryGroup[], version: 1 | 2, folder: string, limitName: string, usageName: string, read: ReadText): void {
    const limitFile = `${folder}/${limitName}`;
    const limit = limitOf(read(limitFile));
    const usageFile = `${folder}/${usageName}`;
    if (limit === undefined || read(usageFile) === undefined) return;
    groups.push({ version, limit, limitFile, usageFile, statFile: `${folder}/memory.stat` });
}

/** `max` is none. */
function limitOf(text: string | undefined): number | undefined {
    const bytes = text === undefined ? Number.NaN : Number(text.trim());
    return bytes > 0 && bytes < NO_LIMIT ? bytes : undefined;
}

function numberOf(text: string | undefined): number {
    const number = Number(text?.trim());
    return Number.isFinite(number) ? number : 0;
}

/** Files that the kernel keeps in memory as long as nobody else wants it. */
function reclaimable(stat: string | undefined, version: 1 | 2): number {
    let sum = 0;
    const prefix = version === 1 ? "total_" : "";
    for (const line of stat?.split("\n") ?? []) {
        const [name, bytes] = line.split(" ");
        if (name === `${prefix}inactive_file` || name === `${prefix}active_file`) sum += Number(bytes);
    }
    return sum;
}

function readText(file: string): string | undefined {
    try {
        return readFileSync(file, "latin1");
    } catch {
        return undefined;
    }
}
