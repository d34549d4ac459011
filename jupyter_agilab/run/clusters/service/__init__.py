"""Service mode: workers that stay alive between runs and kernels, until they are stopped or a lease ends."""
