/** Completion for bash: one function, which asks by the command and the word before. Works with bash 3.2, without bash-completion. */
import { commandNames, placedCommands, type Candidates, type CompletedCommand, type PlacedCommand } from "./model";

/** What fills COMPREPLY, a line an entry: names of files have blanks. Words of ours have none, and nothing that a shell reads. */
function reply(candidates: Candidates): string {
    if (candidates === "none") return "COMPREPLY=()";
    if (candidates === "files") return `COMPREPLY=($(compgen -f -- "$cur"))`;
    if (candidates === "folders") return `COMPREPLY=($(compgen -d -- "$cur"))`;
    return `COMPREPLY=($(compgen -W $'${candidates.words.join("\\n")}' -- "$cur"))`;
}

const quoted = (lines: readonly string[]): string => lines.map((line) => (/^$| /.test(line) ? `"${line}"` : line)).join("|");

function commandCase({ lines, options, arguments: places, variadic, commands }: PlacedCommand): string {
    const valued = options.filter(({ value }) => value !== undefined);
    const flags = options.flatMap((one) => one.flags.filter((flag) => flag.startsWith("--")));
    const place = (index: number): string =>
        `${variadic && index === places.length - 1 ? "*" : String(index)}) ${reply(places[index]!)} ;;`;
    return [
        `        ${quoted(lines)})`,
        ...(valued.length === 0
            ? []
            : [
                  `            case "$prev" in`,
                  ...valued.map(({ flags: own, value }) => `                ${own.join("|")}) ${reply(value!)}; return ;;`),
                  `            esac`,
              ]),
        `            if [[ $cur == -* ]]; then ${reply({ words: flags })}; return; fi`,
        ...(commands.length === 0 ? [] : [`            ${reply({ words: commandNames(commands) })}`]),
        ...(places.length === 0 ? [] : [`            case $place in ${places.map((_, index) => place(index)).join(" ")} esac`]),
        `            ;;`,
    ].join("\n");
}

export function bashCompletion(commands: readonly CompletedCommand[]): string {
    const placed = placedCommands(commands);
    const valued = new Set(
        placed.flatMap(({ options }) => options.filter(({ value }) => value !== undefined).flatMap(({ flags }) => flags)),
    );
    const above = placed.filter((one) => one.commands.length > 0).flatMap(({ lines }) => lines);
    return `# Completion of gatehouse for bash. Load it with: source <(gatehouse completion bash)
_gatehouse() {
    local IFS=$'\\n'
    local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command="" place=0 at word
    COMPREPLY=()
    # --output=json comes as three words.
    if [[ $cur == = ]]; then cur=""; elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
    for ((at = 1; at < COMP_CWORD; at++)); do
        word=\${COMP_WORDS[at]}
        case $command in
            ${quoted(["", ...above])}) [[ $word == -* ]] || { command="\${command:+$command }$word"; continue; } ;;
        esac
        case $word in
            ${[...valued].join("|")}) at=$((at + 1)); [[ \${COMP_WORDS[at]} != = ]] || at=$((at + 1)) ;;
            -*) ;;
            *) place=$((place + 1)) ;;
        esac
    done
    case $command in
        "") ${reply({ words: [...commands.flatMap(({ names }) => names), "--help", "--version"] })} ;;
${placed.map(commandCase).join("\n")}
    esac
}
complete -o filenames -F _gatehouse gatehouse`;
}
