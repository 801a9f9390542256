/** A running container, seen from outside: its processes, its log, and its network, which it shares with nobody. */
import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { run, type Finished, type LogLine } from "../../../support/gatehouse";
import type { ContainerDaemon } from "./container-daemon";

/** As the gateways' pods are started: nothing is writable, nothing is allowed, no port is privileged. */
export const HARDENED = [
    "--read-only",
    "--cap-drop",
    "ALL",
    "--security-opt",
    "no-new-privileges",
    "--network",
    "none",
    "--sysctl",
    "net.ipv4.ip_unprivileged_port_start=0",
];

interface Inspected {
    readonly State: { readonly Pid: number; readonly ExitCode: number; readonly Status: string };
}

export class Container {
    readonly id: string;
    /** Of its process 1, on this machine. */
    readonly pid: number;
    readonly #daemon: ContainerDaemon;

    static async run(daemon: ContainerDaemon, image: string, flags: readonly string[], args: readonly string[]): Promise<Container> {
        const id = await daemon.ask("run", "--detach", ...flags, image, ...args);
        const { State } = await daemon.inspect<Inspected>(id);
        return new Container(daemon, id, State.Pid);
    }

    private constructor(daemon: ContainerDaemon, id: string, pid: number) {
        this.#daemon = daemon;
        this.id = id;
        this.pid = pid;
    }

    /** What it wrote, both streams. */
    async output(): Promise<string> {
        const { stdout, stderr } = await this.#daemon.docker("logs", this.id);
        return stdout + stderr;
    }

    /** The process log's lines. */
    async log(): Promise<LogLine[]> {
        return (await this.output())
            .split("\n")
            .filter((line) => line.startsWith("{"))
            .map((line) => JSON.parse(line) as LogLine);
    }

    /** A field of /proc/<pid>/status of its process 1. */
    status(field: string): string {
        const line = readFileSync(`/proc/${this.pid}/status`, "utf8")
            .split("\n")
            .find((one) => one.startsWith(`${field}:`));
        return (line ?? "")
            .slice(field.length + 1)
            .trim()
            .replaceAll("\t", " ");
    }

    signal(name: string): Promise<string> {
        return this.#daemon.ask("kill", "--signal", name, this.id);
    }

    /** Whether its process 1 is the program of the image; before that it is the runtime's own, which a signal ends. */
    hasBegun(): boolean {
        return readlinkSync(`/proc/${this.pid}/exe`).endsWith("/node");
    }

    /** SIGTERM at once, without the daemon's ado; nothing where it has ended. */
    terminate(): void {
        try {
            process.kill(this.pid, "SIGTERM");
        } catch {
            // It has.
        }
    }

    /** The exit code. */
    async ended(): Promise<number> {
        return Number(await this.#daemon.ask("wait", this.id));
    }

    isRunning(): Promise<boolean> {
        return this.#daemon.inspect<Inspected>(this.id).then(({ State }) => State.Status === "running");
    }

    /** Runs a program of this machine's Node in the container's network, with arguments as `process.argv[1]` and on. */
    node(script: string, ...args: readonly string[]): Promise<Finished> {
        return run("nsenter", ["--target", String(this.pid), "--net", process.execPath, "-e", script, ...args]);
    }

    /** The same, while the test goes on. Its standard output tells what it does. */
    start(script: string, ...args: readonly string[]): ChildProcess {
        return spawn("nsenter", ["--target", String(this.pid), "--net", process.execPath, "-e", script, ...args], {
            stdio: ["pipe", "pipe", "inherit"],
        });
    }

    remove(): Promise<unknown> {
        return this.#daemon.docker("rm", "--force", this.id);
    }
}
