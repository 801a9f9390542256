/**
 * The pod that a gateway's Deployment asks for, as a container: with the image, the arguments, the user and the mounts
 * that stand in it, and the token of the account that the component made, it serves what a real API server has.
 */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import http, { createServer, type Server } from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import * as k8s from "@pulumi/kubernetes";
import * as gatehouse from "pulumi-gatehouse";
import { evaluate } from "pulumi-gatehouse/testing";
import { startControlPlane, type ControlPlane } from "../../support/control-plane";
import { eventually } from "../../support/eventually";
import { freePorts } from "../../../harness/ports";
import { buildImage } from "./support/build";
import { Container } from "./support/container";
import { ContainerDaemon } from "./support/container-daemon";

const WHAT = "the image as a gateway's pod";
const IMAGE = "gatehouse:test";
const ACCOUNT_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";
const HOST = "web.example.com";
const LOADED_MS = 60_000;

interface PodSpec {
    readonly securityContext: { readonly runAsUser: number; readonly runAsGroup: number };
    readonly serviceAccountName: string;
    readonly containers: readonly [
        { readonly image: string; readonly args: readonly string[]; readonly volumeMounts: readonly { readonly mountPath: string }[] },
    ];
}

/** A gateway with one host over TLS, whose backend is on this machine. */
async function gatewayObjects(
    backendPort: number,
    ports: { readonly http: number; readonly https: number },
): Promise<readonly { readonly kind: string }[]> {
    const evaluation = await evaluate(
        () => {
            const namespace = new k8s.core.v1.Namespace("edge", {
                metadata: { name: "edge", labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
            }).metadata.name;
            const gateway = new gatehouse.IngressGateway("public", {
                namespace,
                image: IMAGE,
                ports: {
                    http: { number: 80, protocol: "HTTP", targetPort: ports.http },
                    https: { number: 443, protocol: "HTTPS", targetPort: ports.https },
                },
            });
            new gatehouse.ExternalService("backend", {
                hosts: ["backend.example.com"],
                ports: { http: backendPort },
                endpoints: [{ address: "127.0.0.1" }],
                namespace,
            });
            new gatehouse.VirtualHost("web", {
                gateway,
                hosts: [HOST],
                tls: { certificate: gatehouse.Certificate.selfSigned() },
                http: [{ route: [{ destination: { host: "backend.example.com", port: { number: backendPort } } }] }],
            });
        },
        { timeoutMs: LOADED_MS },
    );
    return evaluation.kubernetesObjects();
}

/** `200 hello`, or why there is no answer. The certificate signs itself, so that nobody has to be trusted with it. */
function ask(scheme: "http" | "https", port: number): Promise<string> {
    return new Promise((resolve) => {
        const options = {
            host: "127.0.0.1",
            port,
            headers: { host: HOST },
            agent: false,
            servername: HOST,
            rejectUnauthorized: false,
        } as const;
        const request = (scheme === "https" ? https : http).get(options, (response) => {
            let body = "";
            response
                .setEncoding("utf8")
                .on("data", (text: string) => {
                    body += text;
                })
                .on("end", () => resolve(`${response.statusCode} ${body}`));
        });
        request.on("error", (error) => resolve(error.message));
    });
}

describe("a gateway's pod", function () {
    this.timeout(600_000);
    let daemon: ContainerDaemon;
    let plane: ControlPlane;
    let backend: Server;
    let ports: { http: number; https: number; admin: number; status: number };
    let pod: PodSpec;
    let container: Container;

    before(async function () {
        daemon = await ContainerDaemon.start(this, WHAT);
        plane = await startControlPlane(this);
        await buildImage(daemon, IMAGE);
        backend = createServer((_request, response) => response.end("hello")).listen(0, "127.0.0.1");
        const [web = 0, tls = 0, admin = 0, status = 0] = await freePorts(4);
        ports = { http: web, https: tls, admin, status };
        const objects = await gatewayObjects((backend.address() as AddressInfo).port, ports);
        await plane.apply(objects.filter(({ kind }) => kind === "Namespace"));
        await plane.apply(objects.filter(({ kind }) => kind !== "Namespace"));
        pod = (await plane.get<{ spec: { template: { spec: PodSpec } } }>("deployment", "public", "-n", "edge")).spec.template.spec;
        const account = path.join(daemon.folder, "account");
        mkdirSync(account);
        writeFileSync(path.join(account, "token"), await plane.token("edge", pod.serviceAccountName));
        writeFileSync(path.join(account, "ca.crt"), readFileSync(path.join(plane.folder, "apiserver.crt")));
        writeFileSync(path.join(account, "namespace"), "edge");
        const { hostname, port } = new URL(plane.server);
        const [{ image, args, volumeMounts }] = pod.containers;
        assert.deepEqual(volumeMounts.map(({ mountPath }) => mountPath).sort(), ["/tmp", ACCOUNT_FOLDER]);
        container = await Container.run(
            daemon,
            image,
            [
                "--read-only",
                "--cap-drop",
                "ALL",
                "--security-opt",
                "no-new-privileges",
                "--user",
                `${pod.securityContext.runAsUser}:${pod.securityContext.runAsGroup}`,
                "--tmpfs",
                "/tmp",
                "--volume",
                `${account}:${ACCOUNT_FOLDER}:ro`,
                "--env",
                `KUBERNETES_SERVICE_HOST=${hostname}`,
                "--env",
                `KUBERNETES_SERVICE_PORT=${port}`,
                // The API server is on this machine's loopback, and so is the test: the addresses alone are others.
                "--network",
                "host",
            ],
            [
                ...args,
                "--bind",
                "127.0.0.1",
                "--admin",
                `127.0.0.1:${ports.admin}`,
                "--status",
                `127.0.0.1:${ports.status}`,
                "--metrics",
                "127.0.0.1:0",
                "--concurrency",
                "2",
            ],
        );
        await eventually(async () => assert.equal(await ask("http", ports.status).then((text) => text.slice(0, 3)), "200"), LOADED_MS);
    });
    after(async () => {
        await container?.remove();
        backend?.close();
        await plane?.stop();
        await daemon?.stop();
    });

    it("serves its hosts, from the cluster, with nothing but what its Deployment says", async () => {
        await eventually(async () => assert.equal(await ask("https", ports.https), "200 hello", await container.output()), LOADED_MS);
        assert.match(await ask("http", ports.http), /^301 /);
        assert.deepEqual(
            (await container.log()).filter(({ level }) => level === "error"),
            [],
        );
        assert.equal(container.status("Uid"), "65532 65532 65532 65532");
    });

    it("takes up what changes in the cluster", async () => {
        await plane.ask(["delete", "virtualservice", "web", "-n", "edge"]);
        await eventually(async () => assert.match(await ask("https", ports.https), /^404 /), LOADED_MS);
    });

    it("leaves with 0 when it is told to", async () => {
        await container.signal("SIGTERM");
        assert.equal(await container.ended(), 0);
    });
});
