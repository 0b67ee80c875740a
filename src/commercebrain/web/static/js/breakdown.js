// Sums under the table of a break-down while numbers are typed. The saved sums come from the server, exactly.
(() => {
  "use strict";
  const form = document.querySelector("[data-breakdown]");
  if (!form) return;
  // Amounts as whole millionths, so that 0.1 + 0.2 is 0.3.
  const read = (text) => {
    const found = /^(-?)(\d*)\.?(\d{0,6})\d*$/.exec(text.trim());
    if (!found || !(found[2] || found[3])) return 0n;
    const value = BigInt((found[2] || "0") + found[3].padEnd(6, "0"));
    return found[1] ? -value : value;
  };
  const write = (value) => {
    const size = value < 0n ? -value : value;
    const rest = (size % 1000000n).toString().padStart(6, "0").replace(/0+$/, "");
    return (size / 1000000n).toString().replace(/\B(?=(\d{3})+$)/g, ",") + (rest ? "." + rest : "");
  };
  const show = () => {
    for (const place of form.querySelectorAll("[data-sum]")) {
      const year = place.dataset.sum;
      let sum = 0n;
      for (const input of form.querySelectorAll(`[data-part="${year}"]`)) sum += read(input.value);
      place.textContent = write(sum);
      const parent = form.querySelector(`[data-parent="${year}"]`);
      const told = form.querySelector(`[data-gap="${year}"]`);
      if (!parent || !told) continue;
      const gap = sum - read(parent.dataset.value);
      told.textContent = gap < 0n ? `■ −${write(gap)}` : gap > 0n ? `▲ +${write(gap)}` : "✔ 0";
      told.classList.toggle("shortfall", gap < 0n);
    }
  };
  form.addEventListener("input", show);
})();
