/** A BuildKit daemon, and the entry by which Docker's clients know it as a builder with a name. */
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { Daemon } from "../../../../harness/daemon";
import { freePorts } from "../../../../harness/ports";
import { needTools } from "../../../support/tools";

const START_MS = 60_000;

function answers(port: number): Promise<boolean> {
    return new Promise((resolve) => {
        const socket = net.connect(port, "127.0.0.1", () => {
            socket.destroy();
            resolve(true);
        });
        socket.once("error", () => resolve(false));
    });
}

export class Builder {
    readonly name = "gatehouse";
    readonly #folder: string;
    readonly #program: string;
    readonly #port: number;
    #daemon: Daemon | undefined;

    /** In `folder`, which somebody else removes. Skips the test where there is no builder to start. */
    static async start(context: Mocha.Context, what: string, folder: string): Promise<Builder> {
        const { buildkitd } = needTools(context, what, "buildkitd", "runc");
        const [port = 0] = await freePorts(1);
        const made = new Builder(folder, buildkitd, port);
        mkdirSync(path.join(folder, "buildx/instances"), { recursive: true });
        writeFileSync(
            path.join(folder, "buildx/instances", made.name),
            JSON.stringify({
                Name: made.name,
                Driver: "remote",
                Dynamic: false,
                Nodes: [
                    { Name: `${made.name}0`, Endpoint: `tcp://127.0.0.1:${port}`, Platforms: [], DriverOpts: {}, Flags: null, Files: null },
                ],
            }),
        );
        await made.#start();
        return made;
    }

    private constructor(folder: string, program: string, port: number) {
        this.#folder = folder;
        this.#program = program;
        this.#port = port;
    }

    /** For BUILDX_CONFIG. */
    get config(): string {
        return path.join(this.#folder, "buildx");
    }

    /** Another daemon under the same name, which has built nothing yet. */
    async renew(): Promise<void> {
        await this.stop();
        await this.#start();
    }

    async stop(): Promise<void> {
        await this.#daemon?.stop();
        this.#daemon = undefined;
    }

    async #start(): Promise<void> {
        const state = mkdtempSync(path.join(this.#folder, "buildkit-"));
        const daemon = new Daemon(
            this.#program,
            [
                "--root",
                state,
                "--addr",
                `tcp://127.0.0.1:${this.#port}`,
                "--oci-worker=true",
                "--containerd-worker=false",
                "--oci-worker-snapshotter=native",
                "--oci-worker-net=host",
            ],
            this.#folder,
        );
        this.#daemon = daemon;
        await daemon.ready(() => answers(this.#port), START_MS);
    }
}
