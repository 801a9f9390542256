/** Who refuses an object: istioctl, whose rules istiod's webhook has, or the API server by the schemas of Istio's CRDs. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import https from "node:https";
import os from "node:os";
import path from "node:path";
import type { ControlPlane } from "../../support/control-plane";

/** The numbers of the objects that istioctl refuses; each object's namespace is `n` and its number. It lists warnings first, then `N errors occurred:`. */
export function refusedByIstioctl(istioctl: string, objects: readonly object[]): Set<number> {
    const folder = mkdtempSync(path.join(os.tmpdir(), "gatehouse-istioctl-"));
    const file = path.join(folder, "objects.yaml");
    try {
        // YAML's readers take no such character as it is.
        const escaped = (text: string): string =>
            text.replace(/[\u007f-\u009f]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
        writeFileSync(file, objects.map((object) => escaped(JSON.stringify(object))).join("\n---\n"));
        const said = outputOf(istioctl, file);
        if (said.includes("failed to decode file")) throw new Error(`istioctl did not read them all: ${said.slice(-300)}`);
        const errors = said.replace(/^[^]*?\d+ errors? occurred:/, "");
        return errors === said ? new Set() : new Set([...errors.matchAll(/^\s*\* \w+\/n(\d+)\//gm)].map(([, index]) => Number(index)));
    } finally {
        rmSync(folder, { recursive: true });
    }
}

function outputOf(istioctl: string, file: string): string {
    try {
        return execFileSync(istioctl, ["validate", "-f", file], { encoding: "utf8", stdio: "pipe", maxBuffer: 64 * 1024 * 1024 });
    } catch (error) {
        const { stdout, stderr } = error as { stdout: string; stderr: string };
        return `${stdout}\n${stderr}`;
    }
}

type Kubernetes = { readonly apiVersion: string; readonly kind: string; readonly metadata: { readonly name: string } };

/** The numbers of the objects that the API server refuses, with what it says. Nothing is kept. */
export async function refusedBySchema(plane: ControlPlane, objects: readonly Kubernetes[]): Promise<Map<number, string>> {
    const refused = new Map<number, string>();
    const agent = new https.Agent({ keepAlive: true, maxSockets: 4, ca: readFileSync(path.join(plane.folder, "apiserver.crt")) });
    let next = 0;
    const work = async (): Promise<void> => {
        for (let index = next++; index < objects.length; index = next++) {
            const object = objects[index];
            if (!object) continue;
            const answer = await post(plane, agent, object);
            if (answer.status >= 400) refused.set(index, answer.message);
        }
    };
    await Promise.all(Array.from({ length: 4 }, work));
    agent.destroy();
    return refused;
}

function post(plane: ControlPlane, agent: https.Agent, object: Kubernetes): Promise<{ status: number; message: string }> {
    const plural = /[^a]y$/.test(object.kind) ? `${object.kind.slice(0, -1)}ies` : `${object.kind}s`;
    const url = `${plane.server}/apis/${object.apiVersion}/namespaces/default/${plural.toLowerCase()}?dryRun=All&fieldValidation=Strict`;
    const body = JSON.stringify({ ...object, metadata: { ...object.metadata, namespace: "default" } });
    return new Promise((resolve, reject) => {
        const request = https.request(
            url,
            { method: "POST", agent, headers: { authorization: `Bearer ${plane.adminToken}`, "content-type": "application/json" } },
            (response) => {
                const chunks: Buffer[] = [];
                response
                    .on("data", (chunk: Buffer) => chunks.push(chunk))
                    .on("end", () => {
                        const { message = "" } = JSON.parse(Buffer.concat(chunks).toString("utf8")) as { message?: string };
                        resolve({ status: response.statusCode ?? 0, message });
                    });
            },
        );
        request.on("error", reject);
        request.end(body);
    });
}
