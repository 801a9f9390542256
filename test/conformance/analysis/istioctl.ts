/** The real `istioctl analyze` over all of a cluster. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { ISTIO_CODES, type KubeObject } from "../../../istio";
import type { Said } from "../../istio/analysis/record";
import type { ControlPlane } from "../../support/control-plane";
import { run } from "../../support/gatehouse";

interface Message {
    readonly code: string;
    readonly origin: string;
    readonly message: string;
}

/** What istioctl says of everything in the cluster, and of objects that the API server did not take as if it had. */
export async function istioctl(tool: string, plane: ControlPlane, folder: string, refused: readonly KubeObject[]): Promise<Said[]> {
    const files = refused.map((object, index) => {
        const file = path.join(folder, `${index}.json`);
        writeFileSync(file, JSON.stringify(object));
        return file;
    });
    const { code, stdout, stderr } = await run(tool, ["analyze", "-A", "-o", "json", "--kubeconfig", plane.kubeconfig, ...files], {
        env: { HOME: folder },
        timeoutMs: 120_000,
    });
    assert.equal(code, 0, stderr);
    // Where it reads the mesh's configuration, lines of its log stand before the list.
    const messages = JSON.parse(stdout.slice(Math.max(0, stdout.search(/^(\[|null)/m)))) as readonly Message[] | null;
    return (messages ?? [])
        .filter((one) => Object.hasOwn(ISTIO_CODES, one.code))
        .map(({ code: istio, origin, message }) => ({ code: istio, object: origin, message }));
}
