// Dark and light: what the system says, until somebody chooses; always light on paper.

function themeButton(changed) {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);
  const button = el("button", { type: "button", class: "theme", on: { click: () => set(isDark() ? "light" : "dark") } });
  function set(theme) {
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
    button.textContent = isDark() ? "Light" : "Dark";
    button.setAttribute("aria-label", isDark() ? "Use light colours" : "Use dark colours");
    changed();
  }
  dark.addEventListener("change", () => set(root.dataset.theme));
  let before;
  addEventListener("beforeprint", () => { before = root.dataset.theme; set("light"); for (const each of document.querySelectorAll(".schedule")) each.open = true; });
  addEventListener("afterprint", () => set(before));
  set(root.dataset.theme);
  return button;
}
