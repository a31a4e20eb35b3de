"""What tests of forged files have in common."""

from hypothesis import strategies as st


def draw_place(data, node):
    """Draw a place in nested dicts and lists: what has it, and its key there."""
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        key = data.draw(st.sampled_from(keys))
        inner = node[key]
        if not isinstance(inner, (dict, list)) or not inner or data.draw(st.booleans()):
            return node, key
        node = inner
