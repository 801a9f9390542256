/** One program for several clusters: what each command makes of it. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { labelled, played } from "../../../cli/stack/clusters";
import { referredObjects, type EvaluatedStack } from "../../../cli/stack/evaluate";
import type { ClusterObjects } from "../../../engine";
import type { KubeObject } from "../../../istio";
import { gatehouse } from "../../support/gatehouse";
import { deployment, gateway } from "../../cli/objects";

const PROGRAM = path.join(__dirname, "two-clusters");

describe("a program for two clusters", function () {
    this.timeout(300_000);
    let base: string;
    before(() => {
        base = mkdtempSync(path.join(os.tmpdir(), "gatehouse-clusters-"));
    });
    after(() => {
        rmSync(base, { recursive: true, force: true });
        rmSync(path.join(PROGRAM, ".gatehouse"), { recursive: true, force: true });
    });

    it("is rendered into a folder for each", async () => {
        const { code, stderr } = await gatehouse(["render", PROGRAM, "--out", base]);
        assert.equal(code, 0, stderr);
        for (const site of ["east", "west"])
            assert.match(readFileSync(path.join(base, site, "edge-virtualservice-web.yaml"), "utf8"), new RegExp(`string: ${site}`));
        assert.doesNotMatch(stderr, /GH05/);
    });

    it("is checked without one cluster's hosts standing in the other's way, and each violation names its cluster", async () => {
        const { stdout } = await gatehouse(["check", PROGRAM, "-c", "fault=west", "-o", "json"]);
        const found = JSON.parse(stdout) as { policy: string; object: string; cluster?: string }[];
        assert.deepEqual(
            found.filter(({ policy }) => policy === "host-claimed-once"),
            [],
        );
        const of = (object: string): unknown =>
            found
                .filter((one) => one.object === object)
                .map(({ cluster }) => cluster)
                .sort();
        assert.deepEqual(of("Gateway edge/web"), ["east", "west"]);
        assert.deepEqual(of("Service edge/open"), ["west"]);
    });

    it("is analysed cluster by cluster, each finding with its own", async () => {
        const { code, stderr, stdout } = await gatehouse(["analyze", PROGRAM, "-c", "fault=west", "-o", "json"]);
        assert.equal(code, 1, stderr);
        const found = JSON.parse(stdout) as { code: string; origin: string; cluster?: string; reference?: string }[];
        assert.deepEqual([...new Set(found.map(({ cluster }) => cluster))], ["west"]);
        const [missing] = found.filter((one) => one.code === "IST0101");
        assert.equal(missing?.origin, "VirtualService edge/api");
        assert.match(missing.reference ?? "", /two-clusters\/index\.ts:\d+$/);
        assert.match(stderr, /27 objects: 1 errors/);
        assert.doesNotMatch(stdout + stderr, /GH0511/);
    });

    it("has the objects of a folder beside it in each cluster: what holds in both is said once, the rest of one", async () => {
        const file = path.join(base, "beside.yaml");
        const object = (name: string, gateway: string): string =>
            `apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: ${name}, namespace: edge}\nspec: {hosts: [api.example.com], gateways: [${gateway}], http: [{directResponse: {status: 204}}]}\n`;
        writeFileSync(file, [object("nowhere", "edge/missing"), object("east-only", "edge/api")].join("---\n"));
        const { stdout } = await gatehouse(["analyze", file, PROGRAM, "-c", "fault=west"]);
        const lines = stdout.split("\n").filter((line) => line.includes("IST0101") && line.includes("beside.yaml"));
        assert.equal(lines.length, 2, stdout);
        assert.match(lines.find((line) => line.includes("edge/nowhere")) ?? "", /VirtualService edge\/nowhere {2}/);
        assert.match(lines.find((line) => line.includes("edge/east-only")) ?? "", /VirtualService edge\/east-only \(cluster west\)/);
    });

    it("is played as its first cluster, which is said with the way to the other", async () => {
        const { code, stderr, stdout } = await gatehouse(["explain", "http://web.example.com/", PROGRAM]);
        assert.equal(code, 0, stderr);
        assert.match(stdout, /: 200, answered by the gateway/);
        assert.match(
            stderr,
            /Warning GH0511 .*the cluster of the provider east and in the cluster of the provider west; .* --cluster west plays the other/,
        );
    });

    it("is played as the cluster that is named, and a name that none has is refused with those there are", async () => {
        const { stderr, stdout } = await gatehouse(["explain", "http://web.example.com/", PROGRAM, "--cluster", "west"]);
        assert.match(stdout, /: 202, answered by the gateway/);
        assert.doesNotMatch(stderr, /GH0511/);
        const other = await gatehouse(["explain", "http://web.example.com/", PROGRAM, "--cluster", "north"]);
        assert.equal(other.code, 2);
        assert.match(other.stderr, /there is no cluster "north"; wanted one of: east, west/);
        const served = await gatehouse(["up", PROGRAM, "--cluster", "west", "--check", "--port-offset", "auto", "-o", "json"]);
        assert.equal(served.code, 0, served.stderr);
        const { check } = JSON.parse(served.stdout) as { check: { detail: string }[] };
        assert.match(check[0]?.detail ?? "", /^202 /);
        assert.doesNotMatch(served.stderr, /GH0511/);
    });

    it("names what two providers make twice in one of them", async () => {
        const { code, stderr } = await gatehouse(["render", PROGRAM, "--out", path.join(base, "twice"), "-c", "fault=twice"]);
        assert.equal(code, 1);
        assert.match(stderr, /Error GH0507 VirtualService edge\/web.*two-clusters makes it twice in one cluster, and not alike/);
    });
});

function cluster(name: string, ...objects: readonly KubeObject[]): ClusterObjects {
    return { name, key: name, objects };
}

describe("the clusters that one run plays", () => {
    const workload = deployment("public", "edge", { labels: { istio: "public" }, pod: { containers: [{ name: "istio-proxy" }] } });
    const web = gateway("web", "edge", []);
    const choice = (clusters: readonly ClusterObjects[], label?: string): string => {
        const { clusters: chosen, findings } = played(labelled(clusters, new Map()), label);
        return [...chosen.map((one) => one.label), ...findings.map(({ fix }) => fix)].join(" | ");
    };

    it("are all, where no object stands in two: two providers may lead to one cluster", () => {
        assert.equal(choice([cluster("", workload), cluster("apps", web)]), "default | apps");
    });

    it("are without the whole of one that makes an object of another", () => {
        assert.equal(
            choice([cluster("east", workload, web), cluster("west", web, gateway("own", "edge", []))]),
            "east | --cluster west plays the other.",
        );
    });

    it("are told apart by a number where their providers have one name", () => {
        assert.equal(
            choice(
                [
                    { ...cluster("k8s", web), key: "a" },
                    { ...cluster("k8s", web), key: "b" },
                ],
                "k8s~2",
            ),
            "k8s~2",
        );
    });

    it("take from the stacks below what is in the same cluster, or all of a stack that speaks of none of them", () => {
        const below = (...clusters: readonly ClusterObjects[]): EvaluatedStack => ({
            dir: "",
            evaluation: { referenced: [{ referenced: [], clusterObjects: () => clusters }] } as unknown as EvaluatedStack["evaluation"],
        });
        const [west] = labelled([cluster("west", web)], new Map());
        const names = (stack: EvaluatedStack): string =>
            referredObjects([stack], { clusters: [west!], objects: west!.objects })
                .map(({ metadata }) => metadata.name)
                .join(" ");
        assert.equal(
            names(below(cluster("east", gateway("of-east", "edge", [])), cluster("west", web, gateway("of-west", "edge", [])))),
            "of-west",
        );
        assert.equal(names(below(cluster("", gateway("of-default", "edge", [])))), "of-default");
    });
});
