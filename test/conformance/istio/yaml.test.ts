import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { generatedYaml, YAML_DIFFERENCES, yamlCorpus } from "../../istio/yaml-corpus";
import { kubectlAnswer, ownAnswer, type Answer } from "../../istio/yaml-support";
import { needTools } from "../../support/tools";

const RECORDED = path.join(__dirname, "../../istio/recorded/kubectl-yaml.json");

describe("YAML beside kubectl", function () {
    this.timeout(600_000);
    const folder = mkdtempSync(path.join(os.tmpdir(), "gatehouse-yaml-"));
    after(() => rmSync(folder, { recursive: true }));

    it("is what the recorded answers say, which `UPDATE=1` writes anew", function () {
        const { kubectl } = needTools(this, "the comparison with kubectl", "kubectl");
        const answers = [...yamlCorpus(), ...generatedYaml(1, 60)].map((text): [string, Answer] => [
            text,
            kubectlAnswer(kubectl, folder, text),
        ]);
        if (process.env.UPDATE) writeFileSync(RECORDED, `[\n${answers.map((one) => JSON.stringify(one)).join(",\n")}\n]\n`);
        assert.deepEqual(answers, JSON.parse(readFileSync(RECORDED, "utf8")));
    });

    it("is read the same over texts that nobody wrote", function () {
        const { kubectl } = needTools(this, "the comparison with kubectl", "kubectl");
        const seed = Number(process.env.SEED ?? 1);
        console.log(`      SEED=${seed}`);
        const differences = generatedYaml(seed, 100)
            .filter((text) => !(text in YAML_DIFFERENCES))
            .flatMap((text) => {
                const [theirs, ours] = [kubectlAnswer(kubectl, folder, text), ownAnswer(text)];
                return theirs === ours ? [] : [`${JSON.stringify(text)}: kubectl ${theirs}, ours ${ours}`];
            });
        assert.deepEqual(differences, []);
    });
});
