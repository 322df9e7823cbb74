// Everything works without this file. It adds what only a script can: focus after a
// change in place, a word when the server is gone, copying, showing, selecting all.
const byId = (id) => document.getElementById(id);
const say = (text) => { byId('live').textContent = text; };
const warn = (text) => { if (byId('alert').textContent !== text) byId('alert').textContent = text; };
const OFFLINE = "You're offline or the server can't be reached. Nothing was saved.";
const SLOW = "The server didn't answer in time. Reload the page to see what was saved.";

function focusIn(root) {
  const place = root.matches?.('[data-autofocus]') ? root : root.querySelector('[data-autofocus]');
  place?.focus();
}

function pressed({ detail: { elt, requestConfig } }) {
  return elt.tagName === 'FORM' ? requestConfig?.triggeringEvent?.submitter : elt;
}

// A switch moves before the server has agreed; without an answer it goes back.
function failed(event, text) {
  const { elt } = event.detail;
  if (elt.getAttribute('role') === 'switch') elt.checked = !elt.checked;
  if (text) warn(text);
}

async function copy(button) {
  const field = byId(button.dataset.copy);
  const label = button.querySelector('span');
  field.select?.();
  try {
    await navigator.clipboard.writeText(field.value ?? field.textContent);
    label.textContent = 'Copied';
  } catch {
    label.textContent = 'Press Ctrl+C';
  }
  say(label.textContent);
}

function show(button) {
  const field = byId(button.dataset.show);
  const hidden = field.type === 'password';
  field.type = hidden ? 'text' : 'password';
  button.setAttribute('aria-pressed', String(hidden));
}

if (!window.htmx) document.documentElement.classList.add('no-htmx');
focusIn(document);

document.addEventListener('click', (event) => {
  const button = event.target.closest?.('[data-copy], [data-show], [data-select-all]');
  if (button?.dataset.copy) copy(button);
  if (button?.dataset.show) show(button);
  if (button?.dataset.selectAll) byId(button.dataset.selectAll).querySelectorAll('input').forEach((box) => { box.checked = true; });
});
document.addEventListener('htmx:beforeRequest', (event) => pressed(event)?.setAttribute('aria-disabled', 'true'));
document.addEventListener('htmx:afterRequest', (event) => {
  pressed(event)?.removeAttribute('aria-disabled');
  if (event.detail.successful) warn('');
});
document.addEventListener('htmx:afterSettle', (event) => focusIn(event.target));
document.addEventListener('htmx:sendError', (event) => failed(event, OFFLINE));
document.addEventListener('htmx:timeout', (event) => failed(event, SLOW));
document.addEventListener('htmx:responseError', (event) => failed(event));
