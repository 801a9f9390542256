/** A folder of ten thousand hosts that terminate TLS, as `gatehouse render` would write it: a file of three objects each. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { stringify } from "yaml";
import { certificateFor } from "./certificates";
import { gateway, hostOf, route, secret } from "./fleet";

/** What `/version` of a host answers at first. */
const FIRST = "1";

export class HostFolder {
    readonly dir: string;

    constructor(dir: string, hosts: number) {
        this.dir = dir;
        mkdirSync(dir, { recursive: true });
        for (let index = 0; index < hosts; index++) writeFileSync(this.#fileOf(index), textOf(index));
        writeFileSync(
            path.join(dir, "zz-app.yaml"),
            backend()
                .map((one) => JSON.stringify(one))
                .join("\n---\n"),
        );
    }

    /** One file is replaced by another that is moved into its place. */
    change(index: number, version: string): void {
        const file = this.#fileOf(index);
        const hidden = path.join(this.dir, ".next");
        const text = readFileSync(file, "utf8");
        writeFileSync(hidden, text.replace(/string: "?[^"\n]*"?$/m, `string: "${version}"`));
        renameSync(hidden, file);
    }

    #fileOf(index: number): string {
        return path.join(this.dir, `host-${index}.yaml`);
    }
}

function textOf(index: number): string {
    const name = `gateway-${index}`;
    // All hosts lead to one Service: it is hosts that are counted.
    const led = JSON.parse(JSON.stringify(route(index, name, FIRST)).replaceAll(`"app-${index}"`, '"app"')) as object;
    const objects = [gateway(name, [hostOf(index)], `credential-${index}`), secret(index, certificateFor(hostOf(index))), led];
    return objects.map((one) => stringify(one, { lineWidth: 0, aliasDuplicateObjects: false })).join("---\n");
}

function backend(): object[] {
    const metadata = (name: string, more: object = {}): object => ({ name, namespace: "apps", ...more });
    return [
        { apiVersion: "v1", kind: "Service", metadata: metadata("app"), spec: { ports: [{ name: "http", port: 80, targetPort: 8080 }] } },
        {
            apiVersion: "discovery.k8s.io/v1",
            kind: "EndpointSlice",
            addressType: "IPv4",
            metadata: metadata("app-1", { labels: { "kubernetes.io/service-name": "app" } }),
            ports: [{ name: "http", port: 8080, protocol: "TCP" }],
            endpoints: [{ addresses: ["127.0.0.1"], conditions: { ready: true } }],
        },
    ];
}
