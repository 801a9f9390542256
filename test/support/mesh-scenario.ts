/** An application's proxy and an egress gateway behind it, as real processes, before backends of the test's own. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { freePorts } from "../../harness/ports";
import { run, startProxy, type Finished, type RunningProxy } from "./gatehouse";
import { stage } from "./stage";

export interface MeshScenario {
    /** The application's. */
    readonly mesh: RunningProxy;
    readonly egress: RunningProxy;
    write(name: string, text: string): Promise<void>;
    /** What the application asks, by its HTTP proxy. */
    curl(...args: readonly string[]): Promise<Finished>;
    status(url: string, ...args: readonly string[]): Promise<number>;
    stop(): Promise<void>;
}

/** The gateway's Service in the namespace `default`, on ports that are free here. */
function egressService(ports: ReadonlyMap<number, number>, address: string): string {
    const service = [...ports].map(([port, target]) => `{ name: p-${port}, port: ${port}, targetPort: ${target} }`);
    const slice = [...ports].map(([port, target]) => `{ name: p-${port}, port: ${target} }`);
    return `
apiVersion: v1
kind: Service
metadata: { name: egress, namespace: default }
spec:
  selector: { gateway-name: egress, gateway-type: egress }
  ports: [${service.join(", ")}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: egress-1, namespace: default, labels: { kubernetes.io/service-name: egress } }
addressType: IPv4
ports: [${slice.join(", ")}]
endpoints: [{ addresses: ["${address}"], conditions: { ready: true } }]
---
apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: { name: logs, namespace: istio-system }
spec: { accessLogging: [{ providers: [{ name: envoy }] }] }
`;
}

export async function playMesh(files: Readonly<Record<string, string>>, ports: readonly number[] = [80, 443]): Promise<MeshScenario> {
    const base = mkdtempSync(path.join(tmpdir(), "gatehouse-mesh-"));
    const [proxyPort = 0, ...free] = await freePorts(ports.length + 1);
    const setting = await stage().open(base);
    const targets = new Map(ports.map((port, at) => [port, free[at] ?? 0]));
    await setting.write("egress-service.yaml", egressService(targets, stage().backendAddress));
    for (const [name, text] of Object.entries(files)) await setting.write(name, text);
    const source = await setting.sourceArgs("default");
    const common = [...source, "--namespace", "default", "--bind", stage().backendAddress, "--concurrency", "1"];
    const [egress, mesh] = await Promise.all([
        startProxy([...common, "--labels", "gateway-name=egress,gateway-type=egress"]),
        startProxy([...common, "--labels", "app=sleep", "--mode", "mesh", "--http-proxy", `127.0.0.1:${proxyPort}`]),
    ]);
    const curl = (...args: readonly string[]): Promise<Finished> =>
        run("curl", ["--silent", "--show-error", "--max-time", "10", "--proxy", `http://127.0.0.1:${proxyPort}`, ...args]);
    return {
        mesh,
        egress,
        write: (name, text) => setting.write(name, text),
        curl,
        status: async (url, ...args) => Number((await curl("-o", "/dev/null", "-w", "%{http_code}", ...args, url)).stdout),
        stop: async () => {
            await Promise.all([mesh.stop(), egress.stop()]);
            await setting.close();
            rmSync(base, { recursive: true, force: true });
        },
    };
}

/** A host outside, by the ports it has. */
export function externalYaml(
    host: string,
    ports: Readonly<Record<string, { readonly number: number; readonly protocol: string; readonly target: number }>>,
): string {
    const rows = Object.entries(ports).map(([name, { number, protocol }]) => `{ number: ${number}, name: ${name}, protocol: ${protocol} }`);
    const targets = Object.entries(ports).map(([name, { target }]) => `${name}: ${target}`);
    return `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: httpbin-ext, namespace: default }
spec:
  hosts: [${host}]
  ports: [${rows.join(", ")}]
  location: MESH_EXTERNAL
  resolution: STATIC
  endpoints: [{ address: ${stage().backendAddress}, ports: { ${targets.join(", ")} } }]
`;
}
