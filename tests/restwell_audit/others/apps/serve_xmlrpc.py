"""Two procedures, as the documentation of Python's xmlrpc.server has them."""

import sys
from xmlrpc.server import SimpleXMLRPCServer

with SimpleXMLRPCServer(("127.0.0.1", int(sys.argv[1])), logRequests=False) as server:
    server.register_introspection_functions()
    server.register_function(lambda x, y: x**y, "pow")
    server.register_function(lambda x, y: x + y, "add")
    server.serve_forever()
