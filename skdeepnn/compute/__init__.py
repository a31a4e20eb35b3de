"""What makes the networks fast, and nothing else.

Whoever wants to know what is computed reads :mod:`skdeepnn.nn`, and takes the
functions of this room for what their names say. To know how, read

1. `layout`, which decides once how the arrays of a network lie in memory for batches of
   one size, and `memory`, which allocates them so;
2. `affine`, a layer's map and its gradient in one product where that can be;
   `products`, how matrices are multiplied, and `cutting`, into which parts;
3. `vectors`, arithmetic on parameters and gradients in blocks: `moments` are those of
   an optimizer, `coefs` what a penalty is for;
4. `elementwise`, functions of each value; `casting`, from one float type to another;
   `batches`, rows gathered again and again;
5. `inference`, which serves the predictions; `threads` serve all; `workers` are other
   processes, and `parcels` what is sent to them; `signals` sees to it that Ctrl-C
   leaves nothing behind.
"""
