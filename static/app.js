// Everything works without this file; it adds what only a script can.
const byId = (id) => document.getElementById(id);
const on = (name, handle) => document.addEventListener(name, handle);
const OFFLINE = "You're offline or the server can't be reached. Nothing was saved.";
const SLOW = "The server didn't answer in time. Reload the page to see what was saved.";

function warn(text) {
  if (byId('alert').textContent !== text) byId('alert').textContent = text;
}

// What arrives may want the focus, or to be told of.
function arrive(root) {
  const place = root.matches?.('[data-autofocus]') ? root : root.querySelector('[data-autofocus]');
  place?.focus();
  if (root.dataset?.told) byId('live').textContent = root.dataset.told;
}

function pressed({ detail: { elt, requestConfig } }) {
  return elt.tagName === 'FORM' ? requestConfig?.triggeringEvent?.submitter : elt;
}

// A switch moves before the server has agreed; without an answer, or refused in the alert, it goes back.
function failed({ detail: { elt } }, text) {
  if (elt.getAttribute('role') === 'switch') elt.checked = !elt.checked;
  if (text) warn(text);
}

async function copy(button) {
  const field = byId(button.dataset.copy);
  const label = button.querySelector('span');
  field.select?.();
  const done = await navigator.clipboard?.writeText(field.value ?? field.textContent).then(() => true, () => false);
  label.textContent = done ? 'Copied' : 'Press Ctrl+C';
  byId('live').textContent = label.textContent;
}

function show(button) {
  const field = byId(button.dataset.show);
  field.type = field.type === 'password' ? 'text' : 'password';
  button.setAttribute('aria-pressed', String(field.type === 'text'));
}

if (!window.htmx) document.documentElement.classList.add('no-htmx');
arrive(document);
on('click', (event) => {
  const button = event.target.closest?.('[data-copy], [data-show], [data-select-all]');
  if (button?.dataset.copy) copy(button);
  if (button?.dataset.show) show(button);
  if (button?.dataset.selectAll) byId(button.dataset.selectAll).querySelectorAll('input').forEach((box) => { box.checked = true; });
});
on('htmx:beforeRequest', (event) => pressed(event)?.setAttribute('aria-disabled', 'true'));
on('htmx:afterRequest', (event) => {
  pressed(event)?.removeAttribute('aria-disabled');
  if (event.detail.successful) event.detail.target?.id === 'alert' ? failed(event) : warn('');
});
on('htmx:afterSwap', (event) => arrive(event.target));
on('htmx:sendError', (event) => failed(event, OFFLINE));
on('htmx:timeout', (event) => failed(event, SLOW));
on('htmx:responseError', (event) => failed(event));
