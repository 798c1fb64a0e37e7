// The settings of an explorer in the query of the page's address, as in ?subspaces.n=300: the
// fragment is left to the headings. What is at its default stands not there.

export function fromAddress(name, controls) {
  const given = new URLSearchParams(location.search);
  const found = {};
  Object.entries(controls).forEach(([key, { low, high, whole = false }]) => {
    const text = given.get(`${name}.${key}`) ?? "";
    const value = text.trim() === "" ? NaN : Number(text);
    if (value >= low && value <= high && (!whole || Number.isInteger(value))) found[key] = value;
  });
  return found;
}

export function intoAddress(name, controls, now) {
  const address = new URL(location.href);
  Object.entries(controls).forEach(([key, { start }]) => {
    if (now[key] === start) address.searchParams.delete(`${name}.${key}`);
    else address.searchParams.set(`${name}.${key}`, now[key]);
  });
  try {
    history.replaceState(history.state, "", address);
  } catch (error) {
    // A browser may refuse, as Safari does after a hundred changes in half a minute.
    if (error.name !== "SecurityError") throw error;
  }
}
