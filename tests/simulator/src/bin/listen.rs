//! Serves the box on a loopback port, so that the built binary, boto3 or the AWS CLI can be pointed at it.
//!
//! `listen [port] [speed] [seed]`: port 0 takes a free one, which is printed; time in the box passes `speed`
//! times as fast as outside, 1 by default.
use copilot_infra_simulator::{Simulator, Switches, serve};
use std::{error::Error, str::FromStr};
use tokio::net::TcpListener;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (port, pace, seed) = (argument(1, 0_u16)?, argument(2, 1.0_f64)?, argument(3, 0_u64)?);
    let simulator = Simulator::new(seed, Switches::default()).with_speed(pace);
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("http://{}", listener.local_addr()?);
    Ok(serve(listener, simulator).await?)
}

fn argument<T: FromStr>(at: usize, default: T) -> Result<T, T::Err> {
    std::env::args().nth(at).map_or(Ok(default), |text| text.parse())
}
