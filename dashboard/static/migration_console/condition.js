'use strict';
{
    // Writes lines of conditions: a model's fields are asked for when it is opened.
    const picker = document.getElementById('mc-condition');

    function start() {
        const models = picker.querySelector('[data-models]');
        const parts = picker.querySelector('[data-parts]');
        const button = picker.querySelector('button');
        const lines = document.getElementById('id_filters');

        async function ask(field) {
            button.disabled = true;
            parts.replaceChildren();
            if (models.value === '') {
                return;
            }
            const query = new URLSearchParams({model: models.value, field});
            const answer = await fetch(`${picker.dataset.url}?${query}`, {credentials: 'same-origin'});
            if (answer.ok) {
                parts.innerHTML = await answer.text();
                button.disabled = parts.querySelector('[data-lookup]') === null;
            }
        }

        // Several values, and true or false, are none of the field's own widget.
        function widen(lookup) {
            const value = parts.querySelector('input[name="value"]');
            if (value) {
                value.dataset.type ||= value.type;
                value.type = ['in', 'isnull'].includes(lookup) ? 'text' : value.dataset.type;
            }
        }

        const labels = [...document.querySelectorAll('#mc-new input[name="models"]')]
            .map((box) => box.value).filter((label) => !label.startsWith('table:'));
        for (const label of ['', ...labels]) {
            models.add(new Option(label || '---------', label));
        }
        models.addEventListener('change', () => ask(''));
        parts.addEventListener('change', (event) => {
            if (event.target.matches('[data-field]')) {
                ask(event.target.value);
            } else if (event.target.matches('[data-lookup]')) {
                widen(event.target.value);
            }
        });
        button.addEventListener('click', () => {
            const field = parts.querySelector('[data-field]').value;
            const lookup = parts.querySelector('[data-lookup]').value;
            const value = parts.querySelector('[name="value"]').value;
            const path = lookup === 'exact' ? field : `${field}__${lookup}`;
            const before = lines.value === '' || lines.value.endsWith('\n') ? '' : '\n';
            lines.value += `${before}${models.value} ${path}=${value}\n`;
        });
        picker.hidden = false;
    }

    if (picker) {
        start();
    }
}
