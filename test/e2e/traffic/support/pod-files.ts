/** The Secret volumes of a pod and its ServiceAccount's token as files, renewed as a kubelet does: by swapping `..data`. */
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { KubeApi } from "./kube-api";
import type { Pod } from "./pod";

interface Secret {
    readonly data?: Readonly<Record<string, string>>;
}

export class PodFiles {
    /** What the container sees as `/`. */
    readonly root: string;
    readonly #api: KubeApi;
    readonly #pod: Pod;
    readonly #written = new Map<string, string>();
    #version = 0;

    constructor(api: KubeApi, pod: Pod, folder: string) {
        this.#api = api;
        this.#pod = pod;
        this.root = path.join(folder, pod.metadata.uid);
        mkdirSync(this.root, { recursive: true });
    }

    /** Writes what changed since the last call. */
    async sync(): Promise<void> {
        const { volumes = [], containers } = this.#pod.spec;
        for (const { name, secret } of volumes) {
            if (!secret) continue;
            const found = (await this.#api.send(
                "GET",
                `/api/v1/namespaces/${this.#pod.metadata.namespace}/secrets/${secret.secretName}`,
            )) as Secret | undefined;
            if (!found && !secret.optional) throw new Error(`Pod ${this.#pod.metadata.name}: there is no Secret ${secret.secretName}`);
            const files = found?.data ?? {};
            for (const { mountPath } of containers.flatMap(({ volumeMounts = [] }) => volumeMounts.filter((mount) => mount.name === name)))
                this.#write(mountPath, files);
        }
    }

    remove(): void {
        rmSync(this.root, { recursive: true, force: true });
    }

    #write(mountPath: string, files: Readonly<Record<string, string>>): void {
        const text = JSON.stringify(files);
        if (this.#written.get(mountPath) === text) return;
        const mount = path.join(this.root, mountPath);
        const version = `..version-${++this.#version}`;
        mkdirSync(path.join(mount, version), { recursive: true });
        for (const [key, content] of Object.entries(files)) writeFileSync(path.join(mount, version, key), Buffer.from(content, "base64"));
        symlinkSync(version, path.join(mount, "..next"));
        renameSync(path.join(mount, "..next"), path.join(mount, "..data"));
        const before = this.#written.has(mountPath) ? Object.keys(JSON.parse(this.#written.get(mountPath) ?? "{}") as object) : [];
        for (const key of Object.keys(files)) if (!before.includes(key)) symlinkSync(path.join("..data", key), path.join(mount, key));
        for (const key of before) if (!(key in files)) rmSync(path.join(mount, key));
        this.#written.set(mountPath, text);
    }
}
