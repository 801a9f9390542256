/** Runs of the real Pulumi with a policy pack, without a cluster: objects are rendered, and what policies say is in the event log. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { root } from "../../../support/checkout";
import type { CommandResult, PulumiHome } from "../../../support/pulumi-home";

export interface PolicyEvent {
    readonly policyName: string;
    readonly enforcementLevel: string;
    readonly severity?: string;
    readonly message: string;
    readonly resourceUrn?: string;
}

export interface PolicyRun extends CommandResult {
    readonly violations: readonly PolicyEvent[];
    /** Names of the policies that changed a resource. */
    readonly remediations: readonly string[];
    /** The event log as it was written. */
    readonly log: string;
    readonly objects: readonly Record<string, unknown>[];
}

export interface PolicyRunOptions {
    readonly command?: "preview" | "up";
    readonly pack?: string;
    /** The stack's name, where another stack refers to it. */
    readonly stack?: string;
    readonly config?: Readonly<Record<string, string>>;
    /** What `--policy-pack-config` reads. */
    readonly policies?: unknown;
}

interface EngineEvent {
    readonly policyEvent?: PolicyEvent;
    readonly policyRemediationEvent?: { readonly policyName: string };
}

/** Each run has a project and a stack of its own. */
export async function runWithPolicies(home: PulumiHome, dir: string, options: PolicyRunOptions = {}): Promise<PolicyRun> {
    const { command = "preview", pack = path.join(root, "policy"), config = {}, policies } = options;
    const project = home.project(dir);
    const rendered = path.join(project, "rendered");
    const log = path.join(project, "events.jsonl");
    const stack = options.stack ?? `run${path.basename(path.dirname(project)).replace(/\W/g, "")}`;
    const init = await home.run(project, ["stack", "init", stack]);
    if (init.code !== 0) throw new Error(init.stderr);
    const values = { "kubernetes:renderYamlToDirectory": rendered, ...config };
    const args = [
        command,
        "--stack",
        stack,
        "--policy-pack",
        pack,
        "--event-log",
        log,
        ...Object.entries(values).flatMap(([key, value]) => ["-c", `${key}=${value}`]),
    ];
    if (policies !== undefined) {
        writeFileSync(path.join(project, "policies.json"), JSON.stringify(policies));
        args.push("--policy-pack-config", path.join(project, "policies.json"));
    }
    // The CLI knows the event log's flag with this variable only.
    const result = await home.run(project, [...args, ...(command === "up" ? ["--yes", "--skip-preview"] : [])], {
        PULUMI_DEBUG_COMMANDS: "true",
    });
    const text = existsSync(log) ? readFileSync(log, "utf8") : "";
    const events = text
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as EngineEvent);
    const files = existsSync(rendered)
        ? readdirSync(rendered, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".yaml"))
        : [];
    return {
        ...result,
        log: text,
        violations: events.flatMap(({ policyEvent }) => policyEvent ?? []),
        remediations: events.flatMap(({ policyRemediationEvent: one }) => one?.policyName ?? []),
        objects: files.map((file) => parse(readFileSync(path.join(rendered, file), "utf8")) as Record<string, unknown>),
    };
}
