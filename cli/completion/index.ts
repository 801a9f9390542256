export { bashCompletion } from "./bash";
export { fishCompletion } from "./fish";
export { completedCommands } from "./model";
export { zshCompletion } from "./zsh";
