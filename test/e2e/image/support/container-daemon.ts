/** A container daemon of the test's own: its images, its containers and its socket are in one folder, and go with it. */
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { Daemon } from "../../../../harness/daemon";
import { run, type Finished } from "../../../support/gatehouse";
import { findTool, needTools, skipFor } from "../../../support/tools";

const START_MS = 60_000;

export class ContainerDaemon {
    /** Everything is in it. Everyone may look into it: containers do not run as root. */
    readonly folder: string;
    readonly #daemon: Daemon;

    /** Skips the test where there is no daemon to start, or nobody who may. */
    static async start(context: Mocha.Context, what: string): Promise<ContainerDaemon> {
        const { dockerd } = needTools(context, what, "dockerd", "docker", "containerd", "runc", "ldd");
        if (process.getuid?.() !== 0) skipFor(context, what, "root, to start a container daemon");
        const made = new ContainerDaemon(dockerd);
        try {
            await made.#daemon.ready(async () => (await made.docker("version")).code === 0, START_MS);
        } catch (error) {
            await made.stop();
            throw error;
        }
        return made;
    }

    private constructor(dockerd: string) {
        this.folder = mkdtempSync(path.join(os.tmpdir(), "gatehouse-docker-"));
        chmodSync(this.folder, 0o755);
        this.#daemon = new Daemon(
            dockerd,
            [
                "--iptables=false",
                "--bridge=none",
                "--ip-masq=false",
                "--storage-driver=vfs",
                "--data-root",
                path.join(this.folder, "data"),
                "--exec-root",
                path.join(this.folder, "exec"),
                "--pidfile",
                path.join(this.folder, "pid"),
                "-H",
                this.#host,
            ],
            this.folder,
        );
    }

    /** For DOCKER_HOST. */
    get #host(): string {
        return `unix://${path.join(this.folder, "socket")}`;
    }

    /** By which a client finds it, and no setting of the machine's. */
    get environment(): Readonly<Record<string, string>> {
        return { DOCKER_HOST: this.#host, DOCKER_CONFIG: path.join(this.folder, "config") };
    }

    /** Never throws for an exit code. Builds with the daemon's own builder: buildx may be there or not. */
    docker(...args: readonly string[]): Promise<Finished> {
        return run(findTool("docker") ?? "docker", args, {
            env: { ...process.env, ...this.environment, DOCKER_BUILDKIT: "0" },
            timeoutMs: 240_000,
        });
    }

    /** `docker` that must succeed; gives what it printed. */
    async ask(...args: readonly string[]): Promise<string> {
        const { code, stdout, stderr } = await this.docker(...args);
        if (code !== 0) throw new Error(`docker ${args.join(" ")} failed with ${code}: ${stderr}${stdout}`);
        return stdout.trim();
    }

    /** The one object that `docker inspect` tells of. */
    async inspect<T>(name: string): Promise<T> {
        const [one] = JSON.parse(await this.ask("inspect", name)) as T[];
        return one as T;
    }

    async stop(): Promise<void> {
        const containers = (await this.docker("ps", "--all", "--quiet")).stdout.split("\n").filter((id) => id !== "");
        if (containers.length > 0) await this.docker("rm", "--force", ...containers);
        await this.#daemon.stop();
        const left = readFileSync("/proc/self/mounts", "utf8")
            .split("\n")
            .map((line) => line.split(" ")[1] ?? "")
            .filter((mount) => mount.startsWith(`${this.folder}/`));
        for (const mount of left.reverse()) await run("umount", ["--lazy", mount]);
        rmSync(this.folder, { recursive: true, force: true });
    }
}
