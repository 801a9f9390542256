/** Which cluster is meant, as whom it is asked, and that the roles components render are for exactly what is asked. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { buildAccess } from "../../../components/workload/access";
import type { WorkloadPlan } from "../../../components/workload/plan";
import { findCluster, podNamespace, WATCHED_KINDS } from "../../../proxy/source";
import { ApiCredentials } from "../../../proxy/source/kubernetes/credentials";

describe("the way to a cluster", () => {
    let folder: string;
    beforeEach(() => {
        folder = mkdtempSync(path.join(os.tmpdir(), "gatehouse-cluster-"));
    });
    afterEach(() => rmSync(folder, { recursive: true, force: true }));

    const write = (name: string, content: unknown): string => {
        const file = path.join(folder, name);
        mkdirSync(path.dirname(file), { recursive: true });
        writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
        return file;
    };
    const kubeconfig = (name: string, server = "https://10.0.0.1:6443", user: object = { token: `token-of-${name}` }): object => ({
        "current-context": name,
        contexts: [{ name, context: { cluster: name, user: name } }],
        clusters: [{ name, cluster: { server, "certificate-authority": "ca.crt" } }],
        users: [{ name, user }],
    });
    const nobody = (): NodeJS.ProcessEnv => ({ HOME: folder });

    it("is the kubeconfig that is named, then $KUBECONFIG, then the pod's ServiceAccount, then the home folder's", () => {
        const named = write("named", kubeconfig("named"));
        const listed = write("listed", kubeconfig("listed"));
        write(".kube/config", kubeconfig("home"));
        write("account/token", "t");
        const pod = { ...nobody(), KUBERNETES_SERVICE_HOST: "10.96.0.1", KUBERNETES_SERVICE_PORT: "443" };
        const serviceAccountDir = path.join(folder, "account");
        assert.match(findCluster({ kubeconfig: named, serviceAccountDir }, { ...pod, KUBECONFIG: listed }).origin, /context named of/);
        assert.match(findCluster({ serviceAccountDir }, { ...pod, KUBECONFIG: listed }).origin, /context listed of/);
        const own = findCluster({ serviceAccountDir }, pod);
        assert.deepEqual(
            [own.server, own.user],
            ["https://10.96.0.1:443", { kind: "static", tokenFile: path.join(serviceAccountDir, "token") }],
        );
        assert.match(findCluster({ serviceAccountDir }, nobody()).origin, /context home of/);
        assert.match(findCluster({ serviceAccountDir, context: "home" }, pod).origin, /context home of/);
        assert.equal(findCluster({ serviceAccountDir }, { ...pod, KUBERNETES_SERVICE_HOST: "fd00::1" }).server, "https://[fd00::1]:443");
    });

    it("is said to be nowhere, with where was looked", () => {
        assert.throws(
            () => findCluster({}, nobody()),
            /There is no cluster to read from: this is no pod with a ServiceAccount, \$KUBECONFIG is not set and there is no .*config\. Name a kubeconfig with --kubeconfig FILE\./,
        );
        assert.throws(
            () => findCluster({}, { ...nobody(), KUBECONFIG: "/nowhere/a:/nowhere/b" }),
            /\$KUBECONFIG names \/nowhere\/a, \/nowhere\/b, which do not exist/,
        );
        assert.throws(
            () => findCluster({ kubeconfig: "/nowhere" }, nobody()),
            /The kubeconfig \/nowhere can't be read: there is no such file\./,
        );
    });

    it("says what is wrong with a kubeconfig, and repeats nothing of it that may be secret", () => {
        const fails = (content: unknown, wanted: RegExp, context?: string): void => {
            const file = write("broken", content);
            assert.throws(
                () => findCluster({ kubeconfig: file, ...(context === undefined ? {} : { context }) }, nobody()),
                (error: Error) => {
                    assert.match(error.message, wanted);
                    assert.equal(error.message.includes("s3cret"), false);
                    return true;
                },
            );
        };
        fails("users: [{ token: s3cret", /is not valid YAML/);
        fails("", /is empty or no mapping/);
        fails({ contexts: [{ name: "a" }] }, /has no current context; it has a\. Name one with --context NAME\./);
        fails(kubeconfig("a"), /has no context "b"; it has a\./, "b");
        fails({ ...kubeconfig("a"), clusters: [] }, /names the cluster "a", which is not there; there are: none/);
        fails(
            { ...kubeconfig("a"), users: [{ name: "z", user: { token: "s3cret" } }] },
            /names the user "a", who is not there; there are: z/,
        );
        fails(kubeconfig("a", "10.0.0.1"), /has server "10\.0\.0\.1"; wanted a URL/);
    });

    it("joins several kubeconfigs, of which the first counts, with paths from each one's own folder", () => {
        const one = write("one/config", { ...kubeconfig("a", "https://one"), "current-context": "" });
        const two = write("two/config", {
            ...kubeconfig("b", "https://two"),
            clusters: [
                { name: "a", cluster: { server: "https://other" } },
                { name: "b", cluster: { server: "https://two/", "certificate-authority": "ca.crt" } },
            ],
        });
        const environment = { ...nobody(), KUBECONFIG: `${one}:/nowhere:${two}` };
        const found = findCluster({}, environment);
        assert.deepEqual([found.server, found.ca], ["https://two", { file: path.join(folder, "two/ca.crt") }]);
        assert.equal(findCluster({ context: "a" }, environment).server, "https://one");
    });

    it("has the pod's namespace from the environment, else from the ServiceAccount", () => {
        write("namespace", "from-file\n");
        assert.equal(podNamespace({ POD_NAMESPACE: "named" }, folder), "named");
        assert.equal(podNamespace({}, folder), "from-file");
        assert.equal(podNamespace({}, "/nowhere"), undefined);
    });

    it("takes client certificates and basic authentication from a kubeconfig", async () => {
        const user = {
            "client-certificate-data": Buffer.from("CERT").toString("base64"),
            "client-key": "key.pem",
            username: "me",
            password: "pw",
        };
        write("key.pem", "KEY");
        write("ca.crt", "CA");
        const access = await new ApiCredentials({ kubeconfig: write("config", kubeconfig("a", undefined, user)) }).access();
        assert.deepEqual([access.tls.cert, access.tls.key, access.tls.ca, access.tls.rejectUnauthorized], ["CERT", "KEY", "CA", true]);
        assert.equal(access.headers["authorization"], `Basic ${Buffer.from("me:pw").toString("base64")}`);
    });

    it("says which file of the credentials is missing, and looks again the next time", async () => {
        const credentials = new ApiCredentials({ kubeconfig: write("config", kubeconfig("a", undefined, { tokenFile: "token" })) });
        write("ca.crt", "CA");
        await assert.rejects(credentials.access(), /token can't be read: there is no such file/);
        write("token", "t\n");
        assert.equal((await credentials.access()).headers["authorization"], "Bearer t");
    });
});

describe("the roles of a gateway", () => {
    it("let the proxy list and watch what it reads, and nothing else", () => {
        const { role, clusterRole } = buildAccess({ name: "edge", args: { namespace: "gw" } } as unknown as WorkloadPlan);
        const granted = (rules: typeof role.rules): string[] =>
            rules
                .flatMap(({ apiGroups, resources, verbs }) =>
                    (apiGroups as string[]).flatMap((group) =>
                        (resources as string[]).map((resource) => `${group}/${resource} ${(verbs as string[]).toSorted().join()}`),
                    ),
                )
                .sort();
        const asked = (ownNamespace: boolean): string[] =>
            // ConfigMaps are watched by two labels, and granted once.
            [
                ...new Set(
                    WATCHED_KINDS.filter((one) => one.ownNamespace === ownNamespace).map(
                        ({ group, resource }) => `${group}/${resource} list,watch`,
                    ),
                ),
            ].sort();
        assert.deepEqual(granted(role.rules), asked(true));
        assert.deepEqual(granted(clusterRole!.rules), asked(false));
    });
});
