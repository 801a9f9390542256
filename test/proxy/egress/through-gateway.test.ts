/** An application's proxy, an egress gateway behind it, and the outside: HTTP, TLS as it is, and TLS that the gateway begins. */
import assert from "node:assert/strict";
import { once } from "node:events";
import https from "node:https";
import type net from "node:net";
import tls from "node:tls";
import { after, before, describe, it } from "mocha";
import { makeSelfSigned } from "../../support/certificates";
import { isWhole, Outside, read, Rig } from "./rig";

const HOST = "a.example.com";
const CLIENT = { mode: "mesh", namespace: "shop", labels: { app: "web" }, httpProxy: { address: "127.0.0.1", port: 15080 } } as const;
const OUTSIDE_ONLY = "{ outboundTrafficPolicy: { mode: REGISTRY_ONLY } }";

interface Ports {
    readonly http: number;
    readonly tls: number;
    readonly plain: number;
    readonly secure: number;
}

/** `goesOn`: to which port of the host the gateway leads HTTP. */
function objects({ http, tls: passed, plain, secure }: Ports, goesOn = 80, more = ""): string {
    const meta = (name: string, rest = ""): string => `metadata: { name: ${name}, namespace: istio-egress${rest} }`;
    const istio = (kind: string, name: string, spec: string): string =>
        `\n---\napiVersion: networking.istio.io/v1\nkind: ${kind}\n${meta(name)}\nspec: ${spec}\n`;
    const to = (host: string, port: number): string => `route: [{ destination: { host: ${host}, port: { number: ${port} } } }]`;
    const own = "egress.istio-egress.svc.cluster.local";
    const sni = `sniHosts: [${HOST}]`;
    return [
        `apiVersion: v1\nkind: Service\n${meta("egress")}\nspec: { selector: { istio: egress }, ports: [{ name: http, port: 80 }, { name: tls, port: 443 }] }`,
        `\n---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n${meta("egress-1", ", labels: { kubernetes.io/service-name: egress }")}\naddressType: IPv4\nports: [{ name: http, port: ${http} }, { name: tls, port: ${passed} }]\nendpoints: [{ addresses: [127.0.0.1] }]`,
        istio(
            "Gateway",
            "egress",
            `{ selector: { istio: egress }, servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: [${HOST}] }, { port: { number: 443, name: tls, protocol: TLS }, hosts: [${HOST}], tls: { mode: PASSTHROUGH } }] }`,
        ),
        istio(
            "ServiceEntry",
            "outside",
            `{ hosts: [${HOST}], location: MESH_EXTERNAL, resolution: STATIC, ports: [{ number: 80, name: http, protocol: HTTP }, { number: 443, name: tls, protocol: TLS }], endpoints: [{ address: 127.0.0.1, ports: { http: ${plain}, tls: ${secure} } }] }`,
        ),
        istio(
            "VirtualService",
            "out",
            `{ hosts: [${HOST}], gateways: [egress, mesh], http: [{ match: [{ gateways: [mesh], port: 80 }], ${to(own, 80)} }, { match: [{ gateways: [egress], port: 80 }], ${to(HOST, goesOn)} }], tls: [{ match: [{ gateways: [mesh], port: 443, ${sni} }], ${to(own, 443)} }, { match: [{ gateways: [egress], port: 443, ${sni} }], ${to(HOST, 443)} }] }`,
        ),
        istio("Sidecar", "default", OUTSIDE_ONLY).replace("namespace: istio-egress", "namespace: shop"),
        more,
    ].join("");
}

describe("from an application through an egress gateway to the outside", () => {
    let plain: Outside;
    let secure: https.Server;
    let gateway: Rig;
    let mesh: Rig;
    let ports: Ports;
    let pair: { readonly cert: string; readonly key: string };

    before(async () => {
        pair = await makeSelfSigned({ dns: [HOST], commonName: HOST });
        plain = await Outside.open((socket) =>
            socket.on("data", (bytes: Buffer) =>
                socket.end(`HTTP/1.1 200 OK\r\ncontent-length: ${bytes.length}\r\nconnection: close\r\n\r\n${bytes.toString()}`),
            ),
        );
        secure = https.createServer(pair, (request, response) => response.end(`secure ${request.headers.host}`));
        secure.listen(0, "127.0.0.1");
        await once(secure, "listening");
        ports = { http: 1, tls: 1, plain: plain.port, secure: (secure.address() as net.AddressInfo).port };
        gateway = await new Rig(objects(ports)).start();
        ports = { ...ports, http: gateway.port(80), tls: gateway.port(443) };
        mesh = await new Rig(objects(ports), {}, CLIENT).start();
    });
    after(() => {
        mesh.close();
        gateway.close();
        plain.close();
        secure.close();
    });

    const get = async (host: string): Promise<string> => mesh.ask(`GET http://${host}/x HTTP/1.1\r\nhost: ${host}\r\n\r\n`, isWhole, 15080);

    it("HTTP passes both, each by its own rule, and no mark of hops goes outside", async () => {
        const answer = await get(HOST);
        assert.match(answer, /^HTTP\/1\.1 200[^]*GET \/x HTTP\/1\.1\r\nhost: a\.example\.com/);
        assert.doesNotMatch(answer, /x-gatehouse-hops/);
        assert.equal(mesh.requests.at(-1)?.cluster, "outbound|80||egress.istio-egress.svc.cluster.local");
        assert.equal(gateway.requests.at(-1)?.cluster, `outbound|80||${HOST}`);
    });

    it("TLS passes both by its server name, and ends outside", async () => {
        const socket = mesh.connect(15080);
        socket.write(`CONNECT ${HOST}:443 HTTP/1.1\r\nhost: x\r\n\r\n`);
        assert.match(await read(socket, isWhole), /^HTTP\/1\.1 200/);
        const client = tls.connect({ socket, servername: HOST, ca: pair.cert });
        client.on("error", () => {}).write(`GET / HTTP/1.1\r\nhost: ${HOST}\r\nconnection: close\r\n\r\n`);
        assert.match(await read(client), new RegExp(`secure ${HOST}`));
        assert.equal(client.authorized, true);
    });

    it("HTTP becomes TLS at the gateway, where a DestinationRule says so", async () => {
        const rule = `
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: outside, namespace: istio-egress }
spec: { host: ${HOST}, trafficPolicy: { portLevelSettings: [{ port: { number: 443 }, tls: { mode: SIMPLE, credentialName: outside-ca, sni: ${HOST} } }] } }
---
apiVersion: v1
kind: Secret
metadata: { name: outside-ca, namespace: istio-egress }
stringData: { ca.crt: ${JSON.stringify(pair.cert)} }
`;
        gateway.change(objects(ports, 443, rule), 0);
        assert.match(await get(HOST), new RegExp(`^HTTP/1\\.1 200[^]*secure ${HOST}`));
    });

    it("nothing else goes out", async () => {
        assert.match(await get("b.example.com"), /^HTTP\/1\.1 502/);
    });
});
