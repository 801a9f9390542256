/** Evaluates a stack and writes its objects as files. With an error the files are written all the same: they are what is to be looked at. */
import path from "node:path";
import { finding, groupOf, refOf, type Finding, type KubeObject } from "../istio";
import { EXIT, type ExitCode } from "./exit";
import { Elsewhere } from "./objects/elsewhere";
import { distinct, examineEach, examineTogether } from "./objects/examine";
import { objectFiles } from "./objects/files";
import { layOut, makeFolder } from "./objects/folder";
import { inCluster, placedAnywhere } from "./stack/clusters";
import { evaluateStacks, LOCAL_IMAGE } from "./stack/evaluate";
import { fileSystemLookup } from "./stack/lookup";
import { resolveStack } from "./stack/resolve";
import { shortPath, type Terminal } from "./terminal";
import { ContentIndex, podInputs } from "./up/pod-inputs";
import { findWorkloads } from "./up/workloads";

export interface RenderOptions {
    readonly stack: string;
    readonly out: string;
    readonly env: string;
    readonly config: Readonly<Record<string, string>>;
}

/** As the stack's own gateways would see its objects; without one there is nobody to ask. */
function betweenObjects(sound: readonly KubeObject[]): Finding[] {
    const index = new ContentIndex(sound);
    const gateways = findWorkloads(sound, []).gateways.map((gateway) => ({
        labels: gateway.labels,
        namespace: gateway.ref.namespace,
        files: new Map(podInputs(gateway, index).files.map(({ file, content }) => [`/${file}`, { text: content.toString() }])),
    }));
    return examineTogether(sound, gateways);
}

/** A stack that names no image runs on a laptop; what is rendered for a cluster must not pass over it in silence. */
function withoutImage(objects: readonly KubeObject[]): Finding[] {
    const containers = (object: KubeObject): readonly { readonly image?: string }[] =>
        (object as { spec?: { template?: { spec?: { containers?: { image?: string }[] } } } }).spec?.template?.spec?.containers ?? [];
    return objects
        .filter(
            (object) =>
                groupOf(object.apiVersion) === "apps" &&
                object.kind === "Deployment" &&
                containers(object).some(({ image }) => image === LOCAL_IMAGE),
        )
        .map((object) =>
            finding(
                "GH0509",
                { object: refOf(object), field: "spec.template.spec.containers" },
                `The image is ${LOCAL_IMAGE}, which stands for none.`,
                "Name the gateway's image: -c gatehouse:image=<image>.",
            ),
        );
}

/** Of several clusters each has a folder called after its provider; the default provider's, and one alone, need none. */
function clusterFolders(providers: readonly string[]): string[] {
    if (providers.length === 1) return [""];
    const safe = providers.map((name) =>
        name
            .replaceAll(/[^A-Za-z0-9._-]/g, "_")
            .replace(/^\.+/, "_")
            .toLowerCase(),
    );
    return safe.map((name, index) =>
        safe.indexOf(name) === index ? name : `${name}~${safe.slice(0, index).filter((other) => other === name).length + 1}`,
    );
}

export async function render(options: RenderOptions, terminal: Terminal): Promise<ExitCode> {
    const dir = resolveStack(options.stack, fileSystemLookup());
    // Before the evaluation: whoever names a folder that cannot be need not wait for it.
    makeFolder(path.resolve(options.out), false);
    terminal.progress(`Evaluating ${shortPath(dir)} (${options.env})`);
    const stack = await evaluateStacks({ dirs: [dir], env: options.env, config: options.config, typecheck: true }, terminal);
    const evaluations = stack.stacks.map(({ evaluation }) => evaluation);
    const found = stack.clusters.flatMap((cluster) => {
        const { objects } = cluster;
        const each = examineEach(objects);
        return inCluster(
            new Elsewhere(objects, evaluations).noted(
                distinct([...each.findings, ...betweenObjects(each.sound), ...withoutImage(objects)]),
            ),
            cluster,
        );
    });
    const findings = distinct([...placedAnywhere(stack.findings, stack.clusters), ...found]);
    const folders = clusterFolders(stack.clusters.map(({ name }) => name));
    const files = stack.clusters.flatMap(({ objects }, index) =>
        objectFiles(objects).map((file) => ({ ...file, name: path.join(folders[index] ?? "", file.name) })),
    );
    const { written, removed } = layOut(
        path.resolve(options.out),
        files.map(({ name, text, secret }) => ({ name, content: text, secret })),
        { secret: false },
    );
    for (const one of findings) terminal.finding(one);
    terminal.progress(
        `${files.length} objects: ${written.length} files written, ${files.length - written.length} unchanged, ${removed.length} removed`,
    );
    for (const { name } of files) terminal.print(path.join(options.out, name));
    return findings.some(({ level }) => level === "Error") ? EXIT.failure : EXIT.ok;
}
