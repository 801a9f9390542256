/** A registry on loopback, and what it has. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { Daemon } from "../../../../harness/daemon";
import { freePorts } from "../../../../harness/ports";
import { needTools } from "../../../support/tools";

const START_MS = 60_000;
const MANIFESTS = ["application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json"].join(", ");

export interface ImageConfig {
    readonly config: {
        readonly Labels?: Readonly<Record<string, string>>;
        readonly User?: string;
        readonly Entrypoint?: readonly string[];
    };
    readonly created: string;
}

export class Registry {
    /** `127.0.0.1:port`. */
    readonly address: string;
    readonly #daemon: Daemon;

    /** In `folder`, which somebody else removes. Skips the test where there is no registry to start. */
    static async start(context: Mocha.Context, what: string, folder: string): Promise<Registry> {
        const tools = needTools(context, what, "docker-registry");
        const [port = 0] = await freePorts(1);
        const config = path.join(folder, "registry.yml");
        // Deleting is allowed: what is still there after a stack is gone was not to be deleted.
        writeFileSync(
            config,
            JSON.stringify({
                version: "0.1",
                log: { level: "warn" },
                http: { addr: `127.0.0.1:${port}` },
                storage: { filesystem: { rootdirectory: path.join(folder, "registry") }, delete: { enabled: true } },
            }),
        );
        const made = new Registry(new Daemon(tools["docker-registry"], ["serve", config], folder), `127.0.0.1:${port}`);
        await made.#daemon.ready(async () => (await fetch(`http://${made.address}/v2/`)).ok, START_MS);
        return made;
    }

    private constructor(daemon: Daemon, address: string) {
        this.#daemon = daemon;
        this.address = address;
    }

    /** The digest of a tag or a digest; undefined where the registry has none. */
    async digest(repository: string, reference: string): Promise<string | undefined> {
        const response = await fetch(`http://${this.address}/v2/${repository}/manifests/${reference}`, { headers: { accept: MANIFESTS } });
        await response.arrayBuffer();
        return response.ok ? (response.headers.get("docker-content-digest") ?? undefined) : undefined;
    }

    async config(repository: string, reference: string): Promise<ImageConfig> {
        const manifest = (await (
            await fetch(`http://${this.address}/v2/${repository}/manifests/${reference}`, { headers: { accept: MANIFESTS } })
        ).json()) as { config: { digest: string } };
        return (await (await fetch(`http://${this.address}/v2/${repository}/blobs/${manifest.config.digest}`)).json()) as ImageConfig;
    }

    stop(): Promise<void> {
        return this.#daemon.stop();
    }
}
